internal import Dispatch
internal import EventLoops
internal import Glibc
internal import Postgres
internal import Synchronization

/// Reads one row of pgbench's table by its key, again and again, with one caller for each connection, as `pgbench -S -M prepared` does.
///
/// usage: PostgresBench URL CONNECTIONS LOOPS SECONDS ROWS; prints statements per second and microseconds of CPU per statement.
func runPostgresBenchmark() -> Never {
    let arguments = CommandLine.arguments
    guard arguments.count == 6, let connections = Int(arguments[2]), let loops = Int(arguments[3]), let seconds = Int(arguments[4]),
        let rows = Int64(arguments[5])
    else { fatalError("usage: PostgresBench URL CONNECTIONS LOOPS SECONDS ROWS") }
    let url = arguments[1]
    Task.detached {
        do {
            try await measure(url: url, connections: connections, loops: loops, seconds: seconds, rows: rows)
            exit(0)
        } catch {
            fatalError("the benchmark failed: \(error)")
        }
    }
    dispatchMain()
}

private func measure(url: String, connections: Int, loops count: Int, seconds: Int, rows: Int64) async throws {
    let loops = try EventLoopGroup(count: count, name: "bench")
    var configuration = PostgresConfiguration(url: url)
    configuration.poolSizePerLoop = connections / count
    let client = PostgresClient(configuration: configuration, loops: loops)
    // Every connection is made, and the statement prepared on it, before the clock starts.
    _ = try await run(client, loops, connections: connections, seconds: 1, rows: rows)
    let before = cpuMicroseconds()
    let (statements, elapsed) = try await run(client, loops, connections: connections, seconds: seconds, rows: rows)
    let cpu = Double(cpuMicroseconds() - before) / Double(statements)
    print("\(Int(Double(statements) / elapsed)) \((cpu * 10).rounded() / 10)")
    await client.close()
}

private func run(
    _ client: PostgresClient, _ loops: EventLoopGroup, connections: Int, seconds: Int, rows: Int64
) async throws -> (statements: Int, seconds: Double) {
    let start = ContinuousClock.now
    let isOver = Flag()
    loops.loops[0].schedule(after: .seconds(seconds)) { isOver.raise() }
    let statements = try await withThrowingTaskGroup(of: Int.self) { group in
        for caller in 0..<connections {
            group.addTask(executorPreference: loops.loops[caller % loops.loops.count]) {
                var generator = Xorshift(seed: UInt64(caller) + 1)
                var count = 0
                while !isOver.isRaised {
                    let key = Int32(truncatingIfNeeded: Int64(generator.next() % UInt64(rows)) + 1)
                    let row = try await client.query("SELECT abalance FROM pgbench_accounts WHERE aid = \(key)")
                    _ = try row[0].decode(Int32.self)
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    let elapsed = ContinuousClock.now - start
    return (statements, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
}

private final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

private struct Xorshift {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

private func cpuMicroseconds() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}
