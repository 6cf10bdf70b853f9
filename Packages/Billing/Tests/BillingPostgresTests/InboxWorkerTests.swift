import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Lifecycle
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// The inbox as the worker empties it: leases, heartbeats and fences are those of the queue.
@Suite struct InboxWorkerTests {
    struct Killed: Error {}

    @Test(.timeLimit(.minutes(15)), arguments: FaultPoint.allCases)
    func `STR-064 a worker killed anywhere loses no event, and each has one effect`(_ point: FaultPoint) async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            var news: [InboundEvent.ID] = []
            for _ in 1...3 { news.append(try await world.deliver("checkout.session.completed", session)) }
            // It ends by itself: nobody asks it to.
            let worker = world.worker { configuration in
                configuration.faults = { if $0 == point { throw Killed() } }
            }
            await #expect(throws: Killed.self) {
                try await GracefulShutdown.$current.withValue(GracefulShutdown()) { try await worker.run() }
            }
            // Nobody hears of it any more: its right lapses.
            try await world.database.adminClient.execute("UPDATE jobs.worker SET lease_until = now() - interval '1 second'")
            try await world.working {
                $0.rescue = .milliseconds(100)
            } during: {
                try await world.until("NOT EXISTS (SELECT FROM billing.inbound_event WHERE state = 'received')")
            }
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.entries("webhook_received") == 3)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `STR-064 of one object one event at a time is processed, while another object's are processed beside it`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.activeGraph()
            let second = try await world.sellAnother("kg2222222222222222222b")
            try await world.drain()
            let before = try await world.entries("webhook_received")
            let gate = world.provider.holdReads()
            for _ in 1...10 {
                try await world.deliver("customer.subscription.updated", first.provider)
                try await world.deliver("customer.subscription.updated", second.provider)
            }
            try await world.working { _ in
            } during: {
                // Both objects are under way, though twenty events wait and there is room for eight.
                try await world.until("(SELECT count(*) FROM jobs.job WHERE lease_by IS NOT NULL) >= 2")
                await gate.isReached()
                for _ in 1...20 {
                    let busy = try await world.database.adminClient.query(
                        "SELECT serial_key, count(*) AS n FROM jobs.job WHERE lease_by IS NOT NULL GROUP BY serial_key")
                    #expect(busy.count == 2)
                    for row in busy { #expect(try row.decode("n", as: Int64.self) == 1) }
                }
                gate.open()
                try await world.until("NOT EXISTS (SELECT FROM billing.inbound_event WHERE state = 'received')")
            }
            #expect(try await world.entries("webhook_received") == before + 20)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `STR-064 a worker whose lease lapsed while it read changes nothing more; its successor does it once`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.pay(session)
            let gate = world.provider.holdReads()
            try await world.deliver("checkout.session.completed", session)
            try await world.working {
                $0.heartbeat = .milliseconds(50)
            } during: {
                await gate.isReached()
                // As a rescue does it: both at once.
                try await world.database.adminClient.execute(
                    """
                    WITH gone AS (DELETE FROM jobs.worker RETURNING id)
                    UPDATE jobs.job SET lease_by = NULL, lease_token = lease_token + 1 FROM gone WHERE lease_by = gone.id
                    """)
                // It comes back under a new identity, and takes the job again.
                try await world.until("EXISTS (SELECT FROM jobs.job WHERE lease_by IS NOT NULL AND attempt > 1)")
                gate.open()
                try await world.until(
                    "NOT EXISTS (SELECT FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name LIKE '%inbound%')")
            }
            #expect(try await world.subscription(id).status == .provisioning)
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.entries("webhook_received") == 1)
        }
    }
}

/// A door that tests wait at; it opens once.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

    func open() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

extension BillingWorld {
    /// Runs a real worker beside a closure, and ends it in good order afterwards.
    func working(_ configure: (inout WorkerConfiguration) -> Void, during body: () async throws -> Void) async throws {
        let worker = worker(configure)
        let shutdown = GracefulShutdown()
        let running = Task { try await GracefulShutdown.$current.withValue(shutdown) { try await worker.run() } }
        do {
            try await body()
            shutdown.request()
            try await running.value
        } catch {
            shutdown.request()
            _ = await running.result
            throw error
        }
    }

    /// A real worker for what the provider tells.
    func worker(_ configure: (inout WorkerConfiguration) -> Void) -> Worker {
        var configuration = WorkerConfiguration()
        configuration.jitter = { 1 }
        configuration.idlePoll = .milliseconds(100)
        configure(&configuration)
        var registry = JobRegistry()
        registry.register(handlers.processInboundEvent)
        registry.register(handlers.sendProviderIntent)
        registry.register(handlers.syncProviderObject)
        return Worker(
            database: database.configuration(role: .system), client: database.systemClient, loops: database.loops, registry: registry,
            dateSource: clock, notifier: JobNotifier(client: database.systemClient, loops: database.loops), configuration: configuration)
    }

    /// Waits until a statement says so, for a minute at most: the database has no signal for it.
    func until(_ condition: Statement) async throws {
        let began = ContinuousClock.now
        while try await database.adminClient.query("SELECT \(fragment: condition)").first?.decode(Bool.self) != true {
            try #require(began.duration(to: .now) < .seconds(300), "waited for \(condition.sql)")
            await Task.yield()
        }
    }
}
