public import EventLoops

/// A client of one Redis server: a connection for each loop, used by the loop's own thread without a hop, with any number of commands under way.
///
/// A call from a loop of the client's group uses that loop's connection; a call from elsewhere hops to one of the loops once. Connections are made when
/// they are first needed. One that breaks off or is too slow is given up together with the commands on it; it is made anew with pauses that grow from
/// 50 ms to 2 s, and what is sent meanwhile fails at once. Nothing is sent twice.
public final class RedisClient: Sendable {
    private let sessions: [RedisSession]
    private let loops: EventLoopGroup

    /// Makes a client. Its connections are closed with ``close()``, or when it is forgotten.
    ///
    /// - Parameters:
    ///   - configuration: how to reach the server.
    ///   - loops: on whose threads the connections live; the group must outlive the client.
    public init(configuration: RedisConfiguration, loops: EventLoopGroup) {
        self.loops = loops
        sessions = loops.loops.map { RedisSession(configuration, on: $0) }
    }

    deinit {
        for session in sessions { session.loop.execute { session.close() } }
    }

    /// Sends a command and waits for its answer, at most as long as the configuration says. A task that is cancelled waits as well.
    ///
    /// - Returns: the answer; ``RedisReply/refusal(code:_:)`` when the server refused the command.
    /// - Throws: ``RedisError``; whether the command was done is then not known.
    public func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let session = session()
        let result = await withCheckedContinuation { continuation in
            if session.loop.isCurrent {
                session.send(command) { continuation.resume(returning: $0) }
            } else {
                session.loop.execute { session.send(command) { continuation.resume(returning: $0) } }
            }
        }
        return try result.get()
    }

    /// Closes the client: whoever waits gets an error, and so does everybody who comes later. Twice changes nothing.
    public func close() async {
        for session in sessions {
            await withCheckedContinuation { continuation in
                session.loop.execute {
                    session.close()
                    continuation.resume()
                }
            }
        }
    }

    private func session() -> RedisSession {
        let loop = loops.next()
        return sessions.first { $0.loop === loop } ?? sessions[0]
    }
}
