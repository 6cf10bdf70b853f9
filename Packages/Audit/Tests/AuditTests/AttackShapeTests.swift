import Audit
import Testing

@Suite struct AttackShapeTests {
    @Test func `AUD-127 a path climbs however it is written, and names with points do not`() {
        for text in [
            "/../etc", "/a/../../b", "..\\..\\boot.ini", "/%2e%2e/x", "/a%2f..%2fb", "/%252e%252e%252fetc", "../x", "/a/..", "/..;/../x",
            "/a%5c..%5cb", "GET /../../etc/passwd HTTP/1.1",
        ] { #expect(AttackShape.climbs(text), "\(text)") }
        for text in ["/", "/a..b/c", "/a/...", "..", "/v1/graphs/kg1..kg2", "1/2", "%2e", "", "/a/%2e/b", "a.b.c/d"] {
            #expect(!AttackShape.climbs(text), "\(text)")
        }
        #expect(!AttackShape.climbs(String(repeating: "%25", count: 100_000)))
    }

    @Test func `AUD-127 a probe is a path of another product, and a document declares types only with the words for it`() {
        for path in ["/.env", "/.ENV.local", "/wp-admin/setup.php", "/index.php", "/.git/config", "/cgi-bin/test"] {
            #expect(AttackShape.isProbe(path), "\(path)")
        }
        for path in ["/", "/v1/environment", "/docs", "/favicon.ico", "/robots.txt"] { #expect(!AttackShape.isProbe(path), "\(path)") }
        #expect(AttackShape.declaresTypes(Array("<!DocType a>".utf8)) && AttackShape.declaresTypes(Array("<a><!ENTITY b>".utf8)))
        #expect(!AttackShape.declaresTypes(Array("{}".utf8)) && !AttackShape.declaresTypes(Array("<a/>".utf8)))
    }
}
