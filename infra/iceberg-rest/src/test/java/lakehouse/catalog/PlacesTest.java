package lakehouse.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
    @ParameterizedTest
    @CsvSource({
        "s3://lakehouse/warehouse/gold/kpi",
        "s3://lakehouse/warehouse/gold/kpi/",
        "s3a://lakehouse/warehouse/gold/kpi",
        "S3N://lakehouse//warehouse/gold//kpi//",
        "s3://lakehouse/warehouse/./gold/kpi",
        "s3://lakehouse/warehouse/silver/../gold/x/../kpi",
    })
    void onePlaceIsAlwaysWrittenTheSame(String location) {
        assertEquals("s3://lakehouse/warehouse/gold/kpi/", Places.place(location));
    }

    @ParameterizedTest
    @CsvSource({
        "s3://b/gold/kpi, s3://b/gold/kpi, true",
        "s3://b/gold/kpi, s3://b/gold/kpi/data/x, true",
        "s3://b/gold, s3a://b//gold/kpi, true",
        "s3://b/gold/kpi, s3://b/gold/kpi2, false",
        "s3://b/gold/kpi, s3://b/gold/KPI, false",
        "s3://b/gold/kpi, s3://c/gold/kpi, false",
        "s3://b/gold/kpi, s3://b/gold/kpi/../kpi2, false",
    })
    void placesOverlapIfOneIsInsideTheOther(String one, String other, boolean overlap) {
        String a = Places.place(one);
        String b = Places.place(other);

        assertEquals(overlap, a.startsWith(b) || b.startsWith(a));
    }

    @Test
    void aTableIsAlsoWhereItsPropertiesLeadItsFiles() {
        Map<String, String> properties = Map.of("write.data.path", "s3a://b/d/", "write.metadata.path", "s3://b/m", "comment", "x");

        assertEquals(
                List.of("s3://b/d/", "s3://b/m/", "s3://b/t/"), List.copyOf(Places.of("s3://b/t", properties)));
    }
}
