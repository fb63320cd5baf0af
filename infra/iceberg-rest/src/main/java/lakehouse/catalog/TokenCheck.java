package lakehouse.catalog;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Turns away with 401 who has no token that is known, before such a request can wait for anything. */
final class TokenCheck extends Handler.Wrapper {
    private static final String ROLE = TokenCheck.class.getName() + ".role";

    private final AccessTokens tokens;

    TokenCheck(AccessTokens tokens, Handler next) {
        super(next);
        this.tokens = tokens;
    }

    /** The role of a request that passed; null for any other. */
    static AccessTokens.Role roleOf(Request request) {
        return (AccessTokens.Role) request.getAttribute(ROLE);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        AccessTokens.Role role =
                tokens.role(request.getHeaders().get(HttpHeader.AUTHORIZATION)).orElse(null);
        if (role == null) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
            RequestBody.closeAfterwards(response);
            Refusal unknown = new Refusal(401, "NotAuthorizedException", "Missing or unknown bearer token");
            ProtocolErrors.write(ErrorMapping.toResponse(unknown, false), request, response, callback);
            return true;
        }
        request.setAttribute(ROLE, role);
        return super.handle(request, response, callback);
    }
}
