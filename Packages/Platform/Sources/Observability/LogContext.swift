/// What is known about the work in hand, and added to every log line written from it.
public struct LogContext: Sendable {
    /// The id of the request, or of the job.
    public var requestID: String?
    /// The distributed trace that the work belongs to.
    public var trace: TraceContext?
    /// The org that the work is for.
    public var org: String?
    /// The subscription that the work is about.
    public var subscription: String?
    /// The graph that the work is about.
    public var graph: String?
    /// The job that does the work.
    public var job: String?
    /// Where the work comes from.
    public var origin: WorkOrigin?

    /// Makes a context.
    public init(requestID: String? = nil, trace: TraceContext? = nil, org: String? = nil, job: String? = nil, origin: WorkOrigin? = nil) {
        self.requestID = requestID
        self.trace = trace
        self.org = org
        self.job = job
        self.origin = origin
    }

    /// The context with the ids that stand in a request's path; `nil` where none does. What is no id is left out: a caller writes it.
    public func naming(_ parameters: [String: String]) -> LogContext? {
        var context = self
        var isKnown = false
        for (name, field) in Self.parameters {
            guard let value = parameters[name], Self.isID(value) else { continue }
            context[keyPath: field] = value
            isKnown = true
        }
        return isKnown ? context : nil
    }

    private static var parameters: [(String, WritableKeyPath<LogContext, String?>)] {
        [("org_id", \.org), ("subscription_id", \.subscription), ("graph_id", \.graph)]
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// What a log line says of the work, by the names of its members.
    var members: [(String, String)] {
        [
            ("request_id", requestID), ("trace_id", trace?.traceID), ("org_id", org), ("subscription_id", subscription),
            ("graph_id", graph), ("job_id", job), ("attempt", origin?.facts.attempt.map { String($0.number) }),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// The context of the present task.
    @TaskLocal public static var current = LogContext()
}
