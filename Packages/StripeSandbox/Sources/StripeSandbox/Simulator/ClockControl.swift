internal import Core
internal import EventLoops
internal import HTTPClient
internal import Synchronization

/// Moves the simulator's clock, one happening at a time (STR-169).
final class ClockControl: Sendable {
    /// Somebody whose clock moves along, told before each step and done with it when it answers.
    struct Follower: Codable, Sendable, Hashable {
        var url: String
        var token: String?
    }

    private let simulator: StripeSimulator
    private let transport: any HTTPTransport
    private let loop: EventLoop
    private let isAdvancing = Mutex(false)
    private let list = Mutex<[Follower]>([])

    init(simulator: StripeSimulator, transport: any HTTPTransport, loop: EventLoop) {
        self.simulator = simulator
        self.transport = transport
        self.loop = loop
    }

    var followers: [Follower] {
        get { list.withLock { $0 } }
        set { list.withLock { $0 = newValue } }
    }

    /// Moves the clock forward to `target`: every timer and delivery on the way runs at its own time, and each step waits for its deliveries.
    ///
    /// - Throws: 409 while another advance runs, 502 when a follower does not follow.
    func advance(to target: Instant) async throws {
        let isFirst = isAdvancing.withLock { isAdvancing in
            defer { isAdvancing = true }
            return !isAdvancing
        }
        guard isFirst else {
            throw StripeError(status: 409, kind: .invalidRequest, message: "The clock is already being advanced.", code: "clock_advancing")
        }
        defer { isAdvancing.withLock { $0 = false } }
        // What is under way now must end now: a refused delivery counts its retries from here.
        try await step(to: simulator.clock.now)
        while let next = simulator.nextDue, next <= target {
            try await step(to: max(next, simulator.clock.now))
        }
        try await step(to: target)
    }

    private func step(to time: Instant) async throws {
        for follower in followers { try await tell(follower, time) }
        simulator.clock.advance(to: time)
        simulator.withWorld { $0.isClockMoved = true }
        simulator.changes.notify()
        guard await waitUntilQuiet(for: .seconds(60)) else {
            throw StripeError(status: 504, kind: .api, message: "Deliveries of \(time) did not end within 60 seconds.")
        }
    }

    private func tell(_ follower: Follower, _ time: Instant) async throws {
        let body = try JSON.encode(JSONValue.object(["to": .string(time.description)]))
        var request = ClientRequest("POST", follower.url, headers: ["Content-Type": "application/json"], body: body, timeout: .seconds(60))
        if let token = follower.token { request.headers["Authorization"] = "Bearer \(token)" }
        let answer = try await transport.send(request)
        guard (200..<300).contains(answer.status) else {
            throw StripeError(status: 502, kind: .api, message: "The follower \(follower.url) answered \(answer.status).")
        }
    }

    /// Waits until nothing is due and nothing is being sent (STR-184).
    ///
    /// - Returns: `false` when that did not come within the time.
    func waitUntilQuiet(for duration: Duration) async -> Bool {
        let deadline = ContinuousClock.now + duration
        let timer = loop.schedule(after: duration) { [changes = simulator.changes] in changes.notify() }
        defer { timer.cancel() }
        while true {
            let generation = simulator.changes.generation
            if simulator.isQuiet { return true }
            if ContinuousClock.now >= deadline || Task.isCancelled { return false }
            await simulator.changes.wait(after: generation)
        }
    }
}
