import Core
import Observability
import Testing

@testable import HTTPServer

@Suite struct HTTPFiguresTests {
    private func request(_ method: Method, _ path: String) throws -> Request {
        try #require(Request(method: method, target: path, id: RequestID.make(at: .systemNow())))
    }

    @Test func `ADM-061 answers are counted by the template of their route, whatever paths and methods callers invent`() async throws {
        let metrics = Metrics()
        let figures = HTTPFigures(metrics)
        var router = Router()
        router.add(.get, "/v1/orgs/{org_id}") { _ in .text("ok") }
        for number in 0..<100 {
            for (method, path) in [
                (Method.get, "/v1/orgs/org_\(number)"), (.get, "/nowhere/\(number)"), (Method(rawValue: "M\(number)"), "/x"),
            ] {
                var request = try request(method, path)
                _ = router.resolve(&request)
                let status = await router.respond(to: request).status
                figures.note(request, status, .milliseconds(3))
            }
        }
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("trellis_http_requests_total") }
        #expect(
            lines == [
                #"trellis_http_requests_total{method="GET",route="/v1/orgs/{org_id}",status="2xx"} 100"#,
                #"trellis_http_requests_total{method="GET",route="none",status="4xx"} 100"#,
                #"trellis_http_requests_total{method="other",route="none",status="4xx"} 100"#,
            ])
        #expect(metrics.inventory == ["trellis_http_request_seconds route", "trellis_http_requests_total method route status"])
    }

    @Test func `ADM-065 what a handler writes is known by the ids in the path of its request`() async throws {
        var router = Router()
        router.add(.get, "/v1/orgs/{org_id}/graphs/{graph_id}") { _ in
            .text("\(LogContext.current.org ?? "-") \(LogContext.current.graph ?? "-") \(LogContext.current.requestID ?? "-")")
        }
        let answer = try await LogContext.$current.withValue(LogContext(requestID: "req_1")) {
            await router.respond(to: try request(.get, "/v1/orgs/org_1/graphs/kg2"))
        }
        guard case .bytes(let bytes) = answer.body else { throw NoText() }
        #expect(String(decoding: bytes, as: UTF8.self) == "org_1 kg2 req_1")
    }

    private struct NoText: Error {}
}
