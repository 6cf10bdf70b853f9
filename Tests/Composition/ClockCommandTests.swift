import Core
import FoundationEssentials
import HTTPServer
import JobsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import Composition

@Suite struct ClockCommandTests {
    @Test func `OPS-097 the clock is shown, advanced, jumped, run and drained by words, and others are refused`() throws {
        let instant = try #require(Instant("2031-03-01T10:00:00Z"))
        let known: [(String, ClockCommand)] = [
            ("show", .show), ("run", .run), ("drain", .drain),
            ("advance 90s", .move(to: .duration(.seconds(90)), isJump: false, stopsAtFailure: false)),
            ("advance 31d --stop-on-failure", .move(to: .duration(.days(31)), isJump: false, stopsAtFailure: true)),
            ("jump 2031-03-01T10:00:00Z", .move(to: .instant(instant), isJump: true, stopsAtFailure: false)),
            ("jump 15m", .move(to: .duration(.minutes(15)), isJump: true, stopsAtFailure: false)),
        ]
        for (text, command) in known { #expect(ClockCommand(text.split(separator: " ").map(String.init)) == command, "\(text)") }
        for text in [
            "", "show now", "advance", "advance soon", "advance 0s", "advance -1d", "advance 4000d", "jump 9223372036854775807d",
            "advance 1d now",
            "jump 1d --stop-on-failure --stop-on-failure", "back 1d",
        ] { #expect(ClockCommand(text.split(separator: " ").map(String.init)) == nil, "\(text)") }
    }

    @Test func `OPS-097 OPS-090 what the command does is what the route does, and neither is there without the control token`() async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let clock = PostgresClient(configuration: database.configuration(role: .system), loops: database.loops)
            try await ComposedAPI.withProduct(on: database, ["TRELLIS_SANDBOX_CONTROL_TOKEN": "control"]) { product, api in
                let moves = try #require(try ClockMoves(product))
                // The clock stands still and is known to do so: both see one time, and no schedule's minute begins between them.
                let start = try #require(Instant("2031-03-01T10:00:30Z"))
                try await clock.execute("UPDATE jobs.clock_state SET frozen_at = \(start), generation = generation + 1")
                try await product.foundations.sandboxClock?.load()
                let shown = try await ClockCommand.show.carryOut(by: moves)
                #expect(shown["now"]?.stringValue?.isEmpty == false && shown["next_due_at"] != nil)
                let drained = try await ClockCommand.drain.carryOut(by: moves)
                let routed = try await api.call(
                    .post, "/v1/sandbox/clock", token: "control", body: ["mode": "drain", "patience_seconds": 60])
                #expect(routed.status == 200 && routed.body["jobs"] == drained["jobs"] && routed.body["visited"] == [], "\(routed.body)")
                let both = try await api.call(
                    .post, "/v1/sandbox/clock", token: "control", body: ["mode": "run", "advance_by_seconds": 60])
                #expect(both.status == 422)
            }
            try await ComposedAPI.withProduct(on: database, [:]) { product, api in
                let moves = try ClockMoves(product)
                #expect(moves == nil)
                #expect(try await api.call(.get, "/v1/sandbox/clock", token: "control").status == 404)
            }
            await clock.close()
        }
    }

    @Test
    func
        `AUD-042 where the clock gets to everything has its link, the checkpoints that were due are signed, and what had its time is erased`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let keys = ["TRELLIS_SANDBOX_CONTROL_TOKEN": "control", "TRELLIS_MASTER_KEYS": Self.key]
            try await ComposedAPI.withProduct(on: database, keys) { product, _ in
                let (moves, clock) = (try #require(try ClockMoves(product)), try #require(product.foundations.sandboxClock))
                let start = try #require(Instant("2031-03-01T10:00:00Z"))
                let frozen = PostgresClient(configuration: database.configuration(role: .system), loops: database.loops)
                try await frozen.execute("UPDATE jobs.clock_state SET frozen_at = \(start), generation = generation + 1")
                await frozen.close()
                try await clock.load()
                try await product.foundations.recordStart(of: "api")
                try await database.adminClient.execute(
                    """
                    INSERT INTO audit.private_part (entry_id, occurred_at, class, is_shared, salt, body)
                    SELECT id, occurred_at, 'security', true, decode(repeat('00', 16), 'hex'), '\\x7b7d' FROM audit.entry LIMIT 1
                    """)
                func state() async throws -> (unsealed: Int, checkpoints: [Instant], parts: Int) {
                    let rows = try await database.adminClient.query(
                        "SELECT (SELECT count(*) FROM audit.unsealed) AS unsealed, (SELECT count(*) FROM audit.private_part) AS parts")
                    let signed = try await database.adminClient.query("SELECT signed_at FROM audit.checkpoint ORDER BY number")
                    return (
                        try rows[0].decode("unsealed"), try signed.map { try $0.decode(Instant.self) }, try rows[0].decode("parts")
                    )
                }
                #expect(try await state().unsealed > 0)
                // Jobs are no part of this: no schedule fires, and nothing works.
                func move(to target: Instant, _ way: ClockMove) async throws {
                    _ = try await clock.advance(
                        to: target, followers: moves.followers, schedules: [], notifier: product.notifier, move: way)
                }
                try await move(to: start + .days(3), .stepping)
                var found = try await state()
                #expect(found.unsealed == 0 && found.parts == 1)
                #expect(found.checkpoints == (0...3).map { start + .days($0) })
                try await move(to: start + .days(200), .jumping)
                found = try await state()
                #expect(found.unsealed == 0 && found.parts == 0)
                #expect(found.checkpoints.last == start + .days(200))
            }
        }
    }

    /// A key of the tests: its name, and 32 bytes.
    private static let key = "k1:" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
}
