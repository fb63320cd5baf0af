package org.apache.iceberg.rest;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** Opens two package-private classes of Iceberg, and nothing else: the protocol's JSON mapper and its ETags. */
public final class RestBridge {
    private RestBridge() {}

    public static ObjectMapper mapper() {
        return RESTObjectMapper.mapper();
    }

    /** The ETag of a table at one metadata file, quoted; it differs by the snapshots asked for. */
    public static String etag(String metadataLocation, String snapshots) {
        return ETagProvider.of(metadataLocation, Map.of("snapshots", snapshots));
    }
}
