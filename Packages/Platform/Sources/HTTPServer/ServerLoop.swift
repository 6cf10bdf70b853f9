internal import CEventLoop
internal import Core
internal import EventLoops
internal import Observability

/// What one loop of a server owns: its listening socket and its connections. Touched on the loop's thread only.
final class ServerLoop: @unchecked Sendable {
    // @unchecked because everything mutable is touched on the loop's thread only.
    let loop: EventLoop
    let listener: TCPListener
    let router: Router
    let limits: ServerLimits
    let times: ServerTimes
    let dateSource: any DateSource
    let log: Log
    let observer: (@Sendable (Request, Status, Duration) -> Void)?
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var whenEmpty: (@Sendable () -> Void)?
    var scratch = [UInt8](repeating: 0, count: 16_384)
    private var generator = LoopRandom()
    private var date = (second: Int64(-1), line: [UInt8]())
    private let connectionLimit: Int
    private let networks: NetworkConnections?
    private var isPaused = false

    init(loop: EventLoop, listener: TCPListener, server: Server, loops: Int) {
        self.loop = loop
        self.listener = listener
        router = server.router
        limits = server.configuration.limits
        times = ServerTimes(limits)
        dateSource = server.dateSource
        log = server.log
        observer = server.observer
        networks = server.networks
        connectionLimit = max(1, server.configuration.limits.connections / loops)
    }

    func start() throws(EventLoopError) {
        // Strong, as everything that refers to this from its loop, for stopping ends it: a weak reference would put the counting of all on its slow path.
        try listener.start { [self] socket in accept(socket) }
        scheduleSweep()
    }

    private func accept(_ socket: TCPSocket) -> Bool {
        guard !isDraining else { return false }
        let connection = Connection(socket: socket, owner: self, isSurplus: networks?.enter(socket.remoteAddress) == false)
        connections[ObjectIdentifier(connection)] = connection
        connection.start()
        isPaused = connections.count >= connectionLimit
        return !isPaused
    }

    func forget(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        networks?.leave(connection.socket.remoteAddress)
        if isPaused, !isDraining, connections.count < connectionLimit {
            isPaused = false
            listener.resume()
        }
        if isDraining, connections.isEmpty { finishDraining() }
    }

    /// Stops accepting, closes what is idle, lets the rest end; `done` is called once no connection is left.
    func drain(_ done: @escaping @Sendable () -> Void) {
        isDraining = true
        whenEmpty = done
        listener.stop()
        for connection in connections.values { connection.drain() }
        if connections.isEmpty { finishDraining() }
    }

    /// Ends everything at once, for a server that was forgotten.
    func abandon() {
        isDraining = true
        listener.stop()
        closeAll()
    }

    /// Ends requests that have not ended by themselves, and leaves streams of events.
    func closeRequests() {
        for connection in connections.values where !connection.isSendingEvents { connection.close() }
    }

    /// Ends streams of events with a hint to come back.
    func endStreams() {
        for connection in connections.values where connection.isSendingEvents { connection.endStream() }
    }

    /// Ends what has not ended by itself.
    func closeAll() {
        for connection in connections.values { connection.close() }
    }

    private func finishDraining() {
        let done = whenEmpty
        whenEmpty = nil
        done?()
    }

    /// One timer for all connections: looking at each a few times a second is cheaper than a timer for every request.
    private func scheduleSweep() {
        let shortest =
            [
                limits.headerTimeout, limits.bodyTimeout, limits.handlerTimeout, limits.idleTimeout, limits.writeTimeout,
                limits.streamWriteTimeout,
            ].min() ?? .seconds(1)
        let period = min(max(shortest / 4, .milliseconds(5)), .milliseconds(500))
        loop.schedule(after: period) { [self] in
            guard !(isDraining && connections.isEmpty) else { return }
            let now = trellis_monotonic_nanoseconds()
            for connection in connections.values { connection.checkDeadline(now) }
            scheduleSweep()
        }
    }

    /// An id for a request. It is no secret, so that it needs no system call for its random bits.
    func makeRequestID() -> RequestID {
        RequestID.make(at: dateSource.now, using: &generator)
    }

    /// The `Date` field with its line end (RFC 9110 §5.6.7), made once a second.
    var dateLine: [UInt8] {
        let now = dateSource.now
        if now.secondsSinceEpoch != date.second { date = (now.secondsSinceEpoch, Array("Date: \(HTTPDate.text(now))\r\n".utf8)) }
        return date.line
    }
}

/// SplitMix64, seeded by the system: good enough for ids that need not be guessed-proof, without a system call for each.
private struct LoopRandom: RandomNumberGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The fixed form of dates in HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ instant: Instant) -> String {
        let date = instant.calendarDate
        let day = ((date.daysSinceEpoch % 7) + 7) % 7
        let time = instant.description.split(separator: "T").last.map { $0.prefix(8) } ?? "00:00:00"
        let number = date.day < 10 ? "0\(date.day)" : "\(date.day)"
        return "\(days[day]), \(number) \(months[date.month - 1]) \(date.year) \(time) GMT"
    }
}
