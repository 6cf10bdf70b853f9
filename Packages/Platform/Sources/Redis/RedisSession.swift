internal import Core
internal import EventLoops

/// The connection of one loop, and those who wait for its answers. Touched on the loop's thread only.
///
/// Commands are sent at once, behind those that are under way, and answered in the same order. All may wait equally long, so the first of the line is
/// always the first whose time is over: one timer does for all.
final class RedisSession: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which every entry checks.

    /// Somebody who waits for an answer; told once.
    private struct Waiter {
        let command: RedisCommand
        let deadline: ContinuousClock.Instant
        let tell: (Result<RedisReply, RedisError>) -> Void
    }

    private enum State {
        /// There is no connection; the next command makes one.
        case idle
        case connecting(RedisConnector)
        /// The connection is open, and the server asked whether it is one: so many answers are still to come.
        case greeting(RedisConnection, open: Int)
        case open(RedisConnection)
        /// It is not tried again before the timer.
        case resting(ScheduledTimer, RedisError)
        case closed
    }

    /// More than these do not wait.
    private static let limit = 16_384

    let loop: EventLoop
    private let configuration: RedisConfiguration
    private var state = State.idle
    private var waiters: [Waiter] = []
    /// How many of them have ended: they leave together, for each leaving alone would move all others.
    private var ended = 0
    private var timer: ScheduledTimer?
    private var greetingTimer: ScheduledTimer?
    private var failures = 0

    init(_ configuration: RedisConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// Sends a command; `tell` is told on the loop's thread, perhaps at once.
    func send(_ command: RedisCommand, _ tell: @escaping (Result<RedisReply, RedisError>) -> Void) {
        loop.checkIsolated()
        switch state {
        case .closed: return tell(.failure(.closed))
        case .resting(_, let error): return tell(.failure(error))
        case .idle, .connecting, .greeting, .open: break
        }
        guard waiters.count - ended < Self.limit else { return tell(.failure(.tooSlow)) }
        waiters.append(Waiter(command: command, deadline: .now + configuration.commandTimeout, tell: tell))
        if timer == nil { setTimer(configuration.commandTimeout) }
        switch state {
        case .open(let connection): connection.send(command.bytes)
        case .idle: connect()
        case .connecting, .greeting, .resting, .closed: break
        }
    }

    /// Closes the connection; those who wait are told, and so is everybody who comes later.
    func close() {
        loop.checkIsolated()
        disconnect()
        state = .closed
        timer?.cancel()
        timer = nil
        failAll(.closed)
    }

    // MARK: Connecting

    private func connect() {
        state = .connecting(
            RedisConnector(configuration, on: loop) { [weak self] socket, reason in self?.connected(socket, or: reason) })
    }

    private func connected(_ socket: consuming SocketHandle?, or reason: String) {
        guard let socket = consume socket else { return rest(.unreachable(reason)) }
        let connection = RedisConnection(
            socket, on: loop, onReply: { [weak self] in self?.take($0) }, onLoss: { [weak self] in self?.lost($0) })
        do {
            try connection.startWatching()
        } catch {
            return rest(.unreachable("\(error)"))
        }
        let greeting = self.greeting
        state = .greeting(connection, open: greeting.count)
        greetingTimer = loop.schedule(after: configuration.connectTimeout) { [weak self] in self?.rest(.tooSlow) }
        connection.send(greeting.flatMap(\.bytes))
    }

    /// What every connection begins with. The last of it shows that the server does what it is asked: one that wants a password refuses it.
    private var greeting: [RedisCommand] {
        var commands: [RedisCommand] = []
        if let login = configuration.login {
            commands.append(login.password.withValue { RedisCommand(["AUTH"] + (login.user.map { [$0] } ?? []) + [$0]) })
        }
        if configuration.database != 0 { commands.append(RedisCommand(["SELECT", String(configuration.database)])) }
        return commands + [RedisCommand(["PING"])]
    }

    private func greeted(_ connection: RedisConnection, _ reply: RedisReply, open: Int) {
        switch reply {
        case .status where open > 1:
            state = .greeting(connection, open: open - 1)
        case .status("PONG"):
            greetingTimer?.cancel()
            failures = 0
            state = .open(connection)
            connection.send(waiters[ended...].flatMap(\.command.bytes))
        // Not its sentence: a server that does not know a command may repeat the password that came with it.
        case .refusal(let code, _): rest(.refused(code))
        default: rest(.garbled)
        }
    }

    // MARK: Answers

    private func take(_ reply: RedisReply) {
        if case .greeting(let connection, let open) = state { return greeted(connection, reply, open: open) }
        // Nobody asked: what follows would be taken for answers to others.
        guard ended < waiters.count else { return rest(.garbled) }
        let waiter = waiters[ended]
        ended += 1
        leave()
        waiter.tell(.success(reply))
    }

    private func leave() {
        guard ended == waiters.count || ended >= 64 else { return }
        waiters.removeFirst(ended)
        ended = 0
    }

    // MARK: Losses

    private func lost(_ error: RedisError) {
        // A server may close what nobody uses: that is no failure, and the next command connects.
        if case .open = state, ended == waiters.count, error == .lost {
            state = .idle
        } else {
            rest(error)
        }
    }

    /// Gives the connection up, tells all who wait, and leaves the server alone for a while.
    private func rest(_ error: RedisError) {
        if case .closed = state { return }
        disconnect()
        failures += 1
        state = .resting(
            loop.schedule(after: Self.pause(afterFailures: failures)) { [weak self] in
                guard let self, case .resting = state else { return }
                state = .idle
            }, error)
        failAll(error)
    }

    private func disconnect() {
        greetingTimer?.cancel()
        switch state {
        case .connecting(let connector): connector.cancel()
        case .greeting(let connection, _), .open(let connection): connection.close()
        case .resting(let timer, _): timer.cancel()
        case .idle, .closed: break
        }
    }

    private func failAll(_ error: RedisError) {
        let failed = waiters[ended...]
        waiters = []
        ended = 0
        for waiter in failed { waiter.tell(.failure(error)) }
    }

    /// 50 ms, doubled up to 2 s, times 0.5 to 1 at random, so that many clients do not come at once.
    private static func pause(afterFailures failures: Int) -> Duration {
        let milliseconds = min(2_000, 50 << min(failures - 1, 10))
        return .microseconds(Int64(Double(milliseconds) * 1_000 * Double.random(in: 0.5...1)))
    }

    // MARK: Time

    private func setTimer(_ delay: Duration) {
        timer = loop.schedule(after: delay) { [weak self] in self?.look() }
    }

    private func look() {
        timer = nil
        let now = ContinuousClock.now
        guard ended < waiters.count else { return }
        guard waiters[ended].deadline <= now else { return setTimer(waiters[ended].deadline - now) }
        switch state {
        // An answer that came later would be taken for that of another command.
        case .greeting, .open: return rest(.tooSlow)
        case .idle, .connecting, .resting, .closed: break
        }
        // The connection may still come, for others.
        var late: [Waiter] = []
        while ended < waiters.count, waiters[ended].deadline <= now {
            late.append(waiters[ended])
            ended += 1
        }
        leave()
        if ended < waiters.count { setTimer(waiters[ended].deadline - now) }
        for waiter in late { waiter.tell(.failure(.tooSlow)) }
    }
}
