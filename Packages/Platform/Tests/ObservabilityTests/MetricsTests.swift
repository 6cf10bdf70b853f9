import Observability
import Testing

@Suite struct MetricsTests {
    @Test func `metrics are shown as Prometheus text`() {
        let metrics = Metrics()
        metrics.counter("requests_total", help: "Requests.", labels: [Label("route", "/v1/\"x\"\n")]).increment(by: 2)
        metrics.counter("requests_total", help: "Requests.", labels: [Label("route", "/v1/\"x\"\n")]).increment(by: -1)
        metrics.gauge("connections", help: "Open connections.").set(3)
        let histogram = metrics.histogram("seconds", help: "Duration.", bounds: [0.1, 1])
        histogram.record(.milliseconds(50))
        histogram.record(.seconds(2))
        #expect(
            metrics.render() == """
                # HELP connections Open connections.
                # TYPE connections gauge
                connections 3
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{route="/v1/\\"x\\"\\n"} 2
                # HELP seconds Duration.
                # TYPE seconds histogram
                seconds_bucket{le="0.1"} 1
                seconds_bucket{le="1.0"} 1
                seconds_bucket{le="+Inf"} 2
                seconds_sum 2.05
                seconds_count 2

                """)
    }

    @Test func `ADM-061 in OpenMetrics a counter's family has no suffix and the text has an end`() {
        let metrics = Metrics()
        metrics.counter("requests_total", help: "Requests.", labels: [Label("route", "/v1/x")]).increment(by: 2)
        metrics.gauge("seats_total", help: "Seats.").set(3)
        #expect(
            metrics.renderOpenMetrics() == """
                # HELP requests Requests.
                # TYPE requests counter
                requests_total{route="/v1/x"} 2
                # HELP seats_total Seats.
                # TYPE seats_total gauge
                seats_total 3
                # EOF

                """)
    }

    @Test func `ADM-061 memory, threads and files of the process are looked up when they are shown`() {
        let metrics = Metrics()
        ProcessFigures.register(on: metrics)
        let text = metrics.render()
        for name in ["process_resident_memory_bytes", "process_threads", "process_open_fds"] {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            let value = line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
            #expect(value > 0, "\(name)")
        }
    }

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-later",
    ])
    func `a traceparent of the recommendation is read`(text: String) throws {
        let trace = try #require(TraceContext(text))
        #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c")
        var generator = SystemRandomNumberGenerator()
        let child = trace.child(using: &generator)
        #expect(child.traceID == trace.traceID && child.spanID != trace.spanID)
        #expect(TraceContext(child.description) == child)
    }

    @Test(arguments: [
        "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
    ])
    func `a traceparent that breaks the recommendation is ignored`(text: String) {
        #expect(TraceContext(text) == nil)
    }
}
