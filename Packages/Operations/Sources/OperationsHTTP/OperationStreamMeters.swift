internal import Observability

/// How many streams are open, and how fast news reaches them (OPS-143).
struct OperationStreamMeters: Sendable {
    let open: Gauge
    let delay: Histogram

    init(_ metrics: Metrics) {
        open = metrics.gauge("trellis_operation_streams", help: "Streams of operations that are open.")
        delay = metrics.histogram("trellis_operation_stream_delay_seconds", help: "From an event to its frame.")
    }
}
