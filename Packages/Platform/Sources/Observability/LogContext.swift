/// What is known about the work in hand, and added to every log line written from it.
public struct LogContext: Sendable {
    /// The id of the request, or of the job.
    public var requestID: String?
    /// The distributed trace that the work belongs to.
    public var trace: TraceContext?

    /// Makes a context.
    public init(requestID: String? = nil, trace: TraceContext? = nil) {
        self.requestID = requestID
        self.trace = trace
    }

    /// The context of the present task.
    @TaskLocal public static var current = LogContext()
}
