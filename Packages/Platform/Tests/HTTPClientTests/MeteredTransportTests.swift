import HTTPClient
import Observability
import Testing

@Suite struct MeteredTransportTests {
    /// Answers with the number that stands at the end of the address, and not at all where there is none.
    private struct Provider: HTTPTransport {
        func send(_ request: ClientRequest) async throws -> ClientResponse {
            guard let status = Int(request.url.suffix(3)) else { throw CancellationError() }
            return ClientResponse(status: status)
        }
    }

    @Test func `ADM-061 calls are counted by kind and outcome, and ids make no series of their own`() async throws {
        let metrics = Metrics()
        let transport = MeteredTransport(Provider(), provider: "stripe", metrics: metrics)
        for number in 0..<200 {
            _ = try? await transport.send(ClientRequest("POST", "https://api.example/v1/subscriptions/sub_\(number)X?expand=a&n=200"))
            _ = try? await transport.send(
                ClientRequest("GET", "https://api.example/v1/invoices/in_\(number)?n=\(number % 2 == 0 ? 404 : 503)"))
        }
        _ = try? await transport.send(ClientRequest("GET", "https://api.example/v1/events?"))
        #expect(
            metrics.inventory == ["trellis_provider_call_seconds provider", "trellis_provider_calls_total kind outcome provider"])
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("trellis_provider_calls_total") }
        #expect(
            lines == [
                #"trellis_provider_calls_total{kind="GET events",outcome="canceled",provider="stripe"} 1"#,
                #"trellis_provider_calls_total{kind="GET invoices",outcome="4xx",provider="stripe"} 100"#,
                #"trellis_provider_calls_total{kind="GET invoices",outcome="5xx",provider="stripe"} 100"#,
                #"trellis_provider_calls_total{kind="POST subscriptions",outcome="2xx",provider="stripe"} 200"#,
            ])
    }

    @Test func `ADM-061 however many kinds a caller makes up, their number is bounded`() async throws {
        let metrics = Metrics()
        let transport = MeteredTransport(Provider(), provider: "x", metrics: metrics)
        for number in 0..<300 {
            let word = String(repeating: "a", count: number % 20 + 1) + String(repeating: "b", count: number / 20 + 1)
            _ = try await transport.send(ClientRequest("GET", "https://api.example/v1/\(word)/200"))
        }
        let lines = metrics.render().split(separator: "\n").filter { $0.hasPrefix("trellis_provider_calls_total") }
        #expect(lines.count == 65)
    }
}
