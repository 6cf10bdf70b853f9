import Core
import EventLoops
import PlatformTesting
import Testing

@testable import Redis

@Suite struct RedisClientTests {
    private static func configuration(_ url: String) throws -> RedisConfiguration {
        try RedisConfiguration(url: SecretString(url))
    }

    @Test func `a URL names a server, and one that does not is refused without being shown`() throws {
        let whole = try Self.configuration("redis://app:p%40ss%2Fword@cache.internal:6380/7")
        #expect(whole.address == .host("cache.internal", port: 6_380) && whole.database == 7 && !whole.isThisMachine)
        #expect(whole.login?.user == "app" && whole.login?.password.withValue { $0 } == "p@ss/word")
        let brief = try Self.configuration("redis://127.0.0.1")
        #expect(brief.address == .host("127.0.0.1", port: 6_379) && brief.database == 0 && brief.login == nil && brief.isThisMachine)
        #expect(try Self.configuration("redis://:secret@[::1]:1/").address == .host("::1", port: 1))
        let socket = try Self.configuration("unix://:secret@/run/redis/redis.sock?db=3")
        #expect(socket.address == .socket(path: "/run/redis/redis.sock") && socket.database == 3 && socket.isThisMachine)
        #expect(socket.login?.user == nil && socket.login?.password.withValue { $0 } == "secret")
        // What every request may wait for it.
        #expect(brief.commandTimeout == .milliseconds(100))
        let wrong: [(String, RedisURLError)] = [
            ("", .unknownScheme), ("http://planted", .unknownScheme), ("rediss://:planted@cache.internal", .noTLS),
            ("redis://", .badHost), ("redis://:planted@", .badHost), ("redis://pl anted", .badHost), ("redis://[::1", .badHost),
            ("redis://planted:0", .badPort), ("redis://planted:65536", .badPort), ("redis://planted:+1", .badPort),
            ("redis://planted/x", .badDatabase), ("redis://planted/1/2", .badDatabase), ("redis://planted?db=1", .badDatabase),
            ("redis://planted@host", .badLogin), ("redis://:pl%zzanted@host", .badLogin), ("redis://:@host", .badLogin),
            ("unix://planted/socket", .badPath), ("unix://", .badPath), ("unix:///", .badPath), ("unix:///planted?x=1", .badDatabase),
            ("unix:///\(String(repeating: "p", count: 107))", .badPath),
        ]
        for (url, expected) in wrong {
            let error = try #require(throws: RedisURLError.self, "\(url)") { try Self.configuration(url) }
            #expect(error == expected, "\(url)")
            #expect(!error.description.contains("planted"))
        }
    }

    @Test func `a client logs in, is told what it asked for in order on one connection, and goes to its database`() async throws {
        try await TestRedis.withServer(password: "p@ss w/rd") { server in
            let loops = try EventLoopGroup(count: 1, name: "redis-test")
            let client = try RedisClient.patient(
                server.url.replacing(":p@ss w/rd@", with: ":p%40ss%20w%2Frd@") + "?db=5", on: loops)
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await client.send(RedisCommand(["ECHO", "line \(number)\r\n+OK"])) == .text("line \(number)\r\n+OK")
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 200 && answers.allSatisfy(\.self))
            guard case .text(let list) = try await client.send(RedisCommand(["CLIENT", "LIST"])) else { throw RedisError.garbled }
            #expect(list.split(separator: "\n").count == 1 && list.contains(" db=5 "))
            #expect(try await client.send(RedisCommand(["GET", "nothing"])) == .nothing)
            guard case .refusal("ERR", _) = try await client.send(RedisCommand(["NOTHING"])) else { throw RedisError.garbled }
            for url in [server.url.replacing(":p@ss w/rd@", with: ""), server.url.replacing(":p@ss w/rd@", with: ":wrong@")] {
                let stranger = try RedisClient.patient(url, on: loops)
                let error = try await #require(throws: RedisError.self) { try await stranger.send(RedisCommand(["PING"])) }
                guard case .refused(let sentence) = error else { throw error }
                #expect(sentence == "NOAUTH" || sentence == "WRONGPASS")
            }
            await client.close()
            await #expect(throws: RedisError.closed) { try await client.send(RedisCommand(["PING"])) }
        }
    }

    @Test func `a server that repeats what it did not understand makes no password known`() async throws {
        let loops = try EventLoopGroup(count: 1, name: "redis-test")
        let fake = try await FakeRedis(on: loops.loops[0]) { words in
            words == ["PING"] ? Array("+PONG\r\n".utf8) : Array("-ERR unknown command, with args beginning with: \(words)\r\n".utf8)
        }
        let client = try RedisClient.patient("redis://:planted@127.0.0.1:\(fake.port)", on: loops)
        let error = try await #require(throws: RedisError.self) { try await client.send(RedisCommand(["PING"])) }
        #expect(error == .refused("ERR"))
        let other = try RedisClient.patient("redis://127.0.0.1:\(fake.port)", on: loops)
        let refused = try await #require(throws: RedisError.self) {
            try await other.evaluate(RedisScript(""), keys: ["planted"], arguments: [])
        }
        #expect(refused.description == "Redis refused: ERR")
        await fake.stop()
    }

    @Test func `over TCP a connection begins with login, database and a question`() async throws {
        let loops = try EventLoopGroup(count: 1, name: "redis-test")
        let fake = try await FakeRedis(on: loops.loops[0]) { words in Array((words == ["PING"] ? "+PONG\r\n" : "+OK\r\n").utf8) }
        let client = try RedisClient.patient("redis://app:secret@127.0.0.1:\(fake.port)/3", on: loops)
        #expect(try await client.send(RedisCommand(["SET", "a", ""])) == .status("OK"))
        #expect(fake.commands == [["AUTH", "app", "secret"], ["SELECT", "3"], ["PING"], ["SET", "a", ""]])
        await client.close()
        await fake.stop()
        // Nobody listens where there is nothing.
        let other = try RedisClient.patient("unix:///nowhere/redis.sock", on: loops)
        guard case .unreachable = try await #require(throws: RedisError.self, performing: { try await other.send(RedisCommand(["PING"])) })
        else { throw RedisError.garbled }
    }

    @Test func `a server that stands still costs a request no more than its time, and its late answers are nobody's`() async throws {
        try await TestRedis.withServer { server in
            let loops = try EventLoopGroup(count: 1, name: "redis-test")
            var configuration = try Self.configuration(server.url)
            configuration.commandTimeout = .milliseconds(20)
            let hasty = RedisClient(configuration: configuration, loops: loops)
            let patient = try RedisClient.patient(server.url, on: loops)
            #expect(try await patient.send(RedisCommand(["ECHO", "before"])) == .text("before"))
            server.freeze()
            for _ in 0..<3 { await #expect(throws: RedisError.self) { try await hasty.send(RedisCommand(["ECHO", "frozen"])) } }
            // This one waits until the server goes on.
            async let waiting = patient.send(RedisCommand(["ECHO", "during"]))
            server.thaw()
            #expect(try await waiting == .text("during"))
            // With little time on a busy machine it may take more than one try; what it is told is never what others asked.
            var answer: RedisReply?
            while answer == nil {
                try Task.checkCancellation()
                await Task.yield()
                answer = try? await hasty.send(RedisCommand(["ECHO", "after"]))
            }
            #expect(answer == .text("after"))
        }
    }

    @Test func `a server that was started anew is found again, and given the scripts that it lost`() async throws {
        try await TestRedis.withServer { server in
            let loops = try EventLoopGroup(count: 2, name: "redis-test")
            let client = try RedisClient.patient(server.url, on: loops)
            let script = RedisScript("return {KEYS[1], ARGV[1], 7}")
            let expected = RedisReply.list([.text("k"), .text("v"), .integer(7)])
            #expect(try await client.evaluate(script, keys: ["k"], arguments: ["v"]) == expected)
            _ = try await client.send(RedisCommand(["SCRIPT", "FLUSH"]))
            #expect(try await client.evaluate(script, keys: ["k"], arguments: ["v"]) == expected)
            await server.stop()
            for _ in 0..<4 { await #expect(throws: RedisError.self) { try await client.send(RedisCommand(["PING"])) } }
            try await server.start()
            var answer: RedisReply?
            while answer == nil {
                try Task.checkCancellation()
                await Task.yield()
                answer = try? await client.evaluate(script, keys: ["k"], arguments: ["v"])
            }
            #expect(answer == expected)
            let broken = RedisScript("return redis.call('NOTHING')")
            guard
                case .refused = try await #require(
                    throws: RedisError.self, performing: { try await client.evaluate(broken, keys: [], arguments: []) })
            else { throw RedisError.garbled }
        }
    }

    @Test func `SEC-006 what is no answer ends the connection: nonsense, arrays without end, answers without question`() async throws {
        let nonsense: [(String, RedisError)] = [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", .garbled), ("*100000000\r\n", .garbled), ("*65\r\n", .garbled),
            ("+PONG\r\n+PONG\r\n+PONG\r\n", .garbled), (String(repeating: "*1\r\n", count: 20) + "+PONG\r\n", .garbled),
            ("$70000\r\n" + String(repeating: "x", count: 70_000) + "\r\n", .garbled), (":1\r\n", .garbled),
            ("-LOADING Redis is loading the dataset in memory\r\n", .refused("LOADING")),
        ]
        let loops = try EventLoopGroup(count: 1, name: "redis-test")
        for (text, expected) in nonsense {
            let fake = try await FakeRedis(on: loops.loops[0]) { _ in Array(text.utf8) }
            let client = try RedisClient.patient("redis://127.0.0.1:\(fake.port)", on: loops)
            let error = try await #require(throws: RedisError.self, "\(text.prefix(40))") {
                // The first answer may be one, those behind it are not.
                for _ in 0..<3 { _ = try await client.send(RedisCommand(["PING"])) }
            }
            #expect(error == expected, "\(text.prefix(40))")
            await client.close()
            await fake.stop()
        }
    }

    @Test func `bytes of any kind, in pieces of any size, are read to an end`() {
        var random = Dice(state: 1)
        let pieces = [
            "*", "$", "+", "-", ":", "1", "9", "-1", "\r\n", "\r", "\n", "x", "65", "2147483647", "\0", "*3\r\n", "$3\r\nabc\r\n", ":7\r\n",
        ]
        var replies = 0
        for _ in 0..<2_000 {
            var reader = ReplyReader()
            var isGarbled = false
            for _ in 0..<Int.random(in: 1...12, using: &random) where !isGarbled {
                let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                isGarbled = !reader.feed(Array(text.joined().utf8)[...])
                reading: while !isGarbled {
                    switch reader.next() {
                    case .reply: replies += 1
                    case .incomplete: break reading
                    case .garbled: isGarbled = true
                    }
                }
            }
        }
        #expect(replies > 100)
        var reader = ReplyReader()
        var whole: [RedisReply] = []
        for piece in ["*2\r\n$3\r\nab", "c\r\n*1\r\n:-5\r\n", "+O", "K\r\n"] {
            let isTaken = reader.feed(Array(piece.utf8)[...])
            #expect(isTaken)
            if case .reply(let reply) = reader.next() { whole.append(reply) }
        }
        #expect(whole == [.list([.text("abc"), .list([.integer(-5)])]), .status("OK")])
    }
}

extension RedisClient {
    /// A client that waits longer than any machine is slow.
    static func patient(_ url: String, on loops: EventLoopGroup) throws -> RedisClient {
        var configuration = try RedisConfiguration(url: SecretString(url))
        configuration.commandTimeout = .seconds(120)
        configuration.connectTimeout = .seconds(120)
        return RedisClient(configuration: configuration, loops: loops)
    }
}
