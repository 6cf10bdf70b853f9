import Core
import Observability
import Synchronization
import Testing

private final class Lines: Sendable {
    private let storage = Mutex<[[UInt8]]>([])
    func append(_ line: [UInt8]) { storage.withLock { $0.append(line) } }
    func decoded() throws -> [JSONValue] {
        try storage.withLock { $0 }.map { try JSON.decode(JSONValue.self, from: $0) }
    }
}

@Suite struct LogTests {
    private let lines = Lines()
    private func log(level: LogLevel = .info) throws -> Log {
        let lines = lines
        return Log(
            label: "test", level: level, dateSource: SteppedDateSource(startingAt: try #require(Instant("2026-01-31T10:00:00Z"))),
            sink: { lines.append($0) })
    }

    @Test func `a line is one JSON object with time, level, label, ids and fields`() throws {
        var generator = SystemRandomNumberGenerator()
        let trace = TraceContext.make(using: &generator)
        try LogContext.$current.withValue(LogContext(requestID: "req_1", trace: trace)) {
            try log().info("served\nit", ["status": 200])
        }
        let line = try #require(try lines.decoded().first)
        #expect(line["message"] == "served\nit")
        #expect(line["time"] == "2026-01-31T10:00:00Z")
        #expect(line["level"] == "info")
        #expect(line["label"] == "test")
        #expect(line["status"] == 200)
        #expect(line["request_id"] == "req_1")
        #expect(line["trace_id"]?.stringValue == trace.traceID)
    }

    @Test func `ADM-065 a line says which org, subscription, graph and job the work is about, and takes no id that is none`() throws {
        let named = LogContext(requestID: "req_1", org: "org_A", job: "7").naming(["subscription_id": "bsub_1", "graph_id": "kg\n1"])
        try LogContext.$current.withValue(try #require(named)) { try log().info("x") }
        let line = try #require(try lines.decoded().first)
        #expect(line["org_id"] == "org_A" && line["job_id"] == "7" && line["subscription_id"] == "bsub_1")
        #expect(line["graph_id"] == nil)
        #expect(LogContext().naming(["graph_id": String(repeating: "k", count: 65), "name": "x"]) == nil)
    }

    @Test func `ADM-065 the level of one part changes without a restart, for itself alone, and back after its time`() throws {
        let clock = SteppedDateSource(startingAt: try #require(Instant("2026-01-31T10:00:00Z")))
        let (levels, lines) = (LogLevels(), lines)
        let log = Log(label: "jobs", level: .info, dateSource: clock, levels: levels, sink: { lines.append($0) })
        log.debug("before")
        levels.replace(by: [.init(component: "jobs", level: .debug, until: clock.now + LogLevels.maximumDuration)])
        log.debug("during")
        log.labelled("http").debug("another part")
        clock.advance(by: LogLevels.maximumDuration)
        log.debug("after")
        #expect(try lines.decoded().map { $0["message"] } == ["during"])
    }

    @Test func `lines below the level are not written`() throws {
        try log(level: .warning).info("no")
        try log(level: .warning).error("yes")
        #expect(try lines.decoded().map { $0["message"] } == ["yes"])
    }

    @Test func `SEC-079 fields that speak of secrets are redacted at every depth`() throws {
        try log().info(
            "x", ["password": "hunter2", "nested": ["Authorization": "Bearer abc", "api_key_id": "uak_1"], "list": [["token": "t"]]])
        let line = try #require(try lines.decoded().first)
        #expect(line["password"] == "<redacted>")
        #expect(line["nested"]?["Authorization"] == "<redacted>")
        #expect(line["nested"]?["api_key_id"] == "uak_1")
        #expect(line["list"]?.arrayValue?.first?["token"] == "<redacted>")
    }
}
