import Composition
import Core
import Foundation
import HTTPServer
import PlatformTesting
import Testing

/// Numbers at and beyond the ends of their ranges, on every parameter of every route that takes one.
@Suite struct LimitValuesTests {
    private static let extremes = [
        "0", "-1", "1", "100", "101", "1000", "1001", "2147483647", "2147483648", "4294967296", "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "1e9", "1.5", "NaN", "Infinity", "0x10", "", "+1", "٣",
        String(repeating: "9", count: 500),
    ]

    @Test func `SEC-092 no number in a query, however large, small or odd, makes a route fail or give more than a page`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let document = try APIDocument(api.router.table).json
            var tried = 0
            for route in api.router.routes where route.method == .get && route.path.hasPrefix("/v1/") && !route.path.hasSuffix("/stream") {
                let operation = document["paths"]?[route.path]?["get"]
                let named = (operation?["parameters"]?.arrayValue ?? []).filter { $0["in"] == "query" }.compactMap {
                    $0["name"]?.stringValue
                }
                let path = route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                    part == "{org_id}"
                        ? ada.org : part == "{user_id}" ? ada.user : part.hasPrefix("{") ? "kg0123456789abcdef" : String(part)
                }.joined(separator: "/")
                for name in Set(named + ["limit", "offset", "page_size"]) {
                    for value in Self.extremes {
                        let query = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                        let answer = try await api.call(.get, "\(path)?\(name)=\(query)", token: ada.token)
                        #expect(answer.status < 500, "\(route.path)?\(name)=\(value): \(answer.status)")
                        for member in answer.body.objectValue ?? [:] {
                            #expect((member.value.arrayValue?.count ?? 0) <= 1_000, "\(route.path)?\(name)=\(value)")
                        }
                        tried += 1
                    }
                }
            }
            #expect(tried > 1_000)
        }
    }
}
