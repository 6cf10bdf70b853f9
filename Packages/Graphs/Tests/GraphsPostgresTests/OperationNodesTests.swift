import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import EventLoops
import Foundation
import Graphs
import GraphsPostgres
import HTTPClient
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Operations
import OperationsHTTP
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// Lets everybody in as one person.
private struct OnePerson: RequestAuthenticator {
    let user: User.ID

    func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal {
        guard let email = EmailAddress("ada@example.com"), let name = PersonName("Ada") else { throw IdentityError.unauthorized }
        return Principal(
            userID: user, email: email, name: name, isEmailVerified: true, credential: .session(.make(at: start), generation: 1),
            scopes: nil, graph: nil, orgScope: nil)
    }

    func orgChoices(of user: User.ID) async throws -> [OrgChoice] { [] }
}

/// An API node: connections, listener and server of its own on the database of a deployment.
private struct Node: Sendable {
    let base: String

    static func with<Value: Sendable>(_ deployment: Deployment, _ body: (Node) async throws -> Value) async throws -> Value {
        let loops = try EventLoopGroup(count: 1, name: "node")
        let log = Log(label: "node", level: .error)
        let client = PostgresClient(configuration: deployment.database.configuration(role: nil), loops: loops, log: log)
        let store = PostgresGraphPackagesStore(client: client, dateSource: deployment.clock)
        let wakeups = PostgresOperationWakeups()
        let listener = PostgresListener(
            channels: [PostgresOperationWakeups.channel], configuration: deployment.database.configuration(role: nil), loops: loops)
        let listening = Task { try await wakeups.run(listening: listener) }
        var router = Router()
        OperationRoutes(
            operations: OperationService(store: store, controller: GraphOperations(), dateSource: deployment.clock), wakeups: wakeups,
            authenticator: Authenticator(OnePerson(user: deployment.owner)), dateSource: deployment.clock
        ).register(on: &router)
        let server = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
        let port = try await server.start()
        let result: Result<Value, any Error>
        do { result = .success(try await body(Node(base: "http://127.0.0.1:\(port)/v1/operations/"))) } catch { result = .failure(error) }
        await server.drain()
        listening.cancel()
        listener.close()
        _ = await listening.result
        await client.close()
        loops.shutdown()
        return try result.get()
    }
}

@Suite struct OperationNodesTests {
    private let headers: ClientHeaders = ["Authorization": "Bearer go.o.d"]

    private func ask(_ deployment: Deployment, _ id: GraphID) async throws -> Operations.Operation {
        try await deployment.services.backups.request(
            BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
            as: deployment.caller
        ).operation
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-032 what is begun on one node is followed on a second and stopped on a third; nothing is sent twice, the end is sent once`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            var configuration = CurlTransport.Configuration()
            configuration.allowsPlainLoopback = true
            let client = CurlTransport(configuration: configuration)
            defer { client.close() }
            try await Node.with(deployment) { second in
                try await Node.with(deployment) { third in
                    let operation = try await ask(deployment, id)
                    let address = second.base + operation.id.description + "/stream"
                    async let response = client.send(ClientRequest("GET", address, headers: headers))
                    let began = ContinuousClock.now
                    while try await deployment.database.adminClient.query("SELECT FROM operations.stream_lease").isEmpty {
                        try #require(began.duration(to: .now) < .seconds(300), "the stream was not opened within 300 s")
                        await Task.yield()
                    }
                    try await deployment.worker.drain()
                    let text = String(decoding: try await response.body, as: UTF8.self)
                    let lines = text.split(separator: "\n").map(String.init)
                    let numbers = lines.filter { $0.hasPrefix("id: ") }.compactMap { Int($0.dropFirst(4)) }
                    #expect(numbers == Array(1...numbers.count) && numbers.count >= 3, "\(text)")
                    let names = lines.filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
                    #expect(names.first == "connected")
                    #expect(names.suffix(2) == ["operation_completed", "stream_end"], "\(names)")
                    #expect(names.filter { $0 == "operation_completed" }.count == 1)

                    let other = try await ask(deployment, id)
                    let stopped = try await client.send(ClientRequest("DELETE", third.base + other.id.description, headers: headers))
                    #expect(stopped.status == 200)
                    let seen = try await client.send(
                        ClientRequest("GET", second.base + other.id.description + "/status", headers: headers))
                    #expect(try JSON.decode(JSONValue.self, from: seen.body)["status"] == "cancelled")
                    try await deployment.worker.drain()
                    #expect(try await deployment.store.backups(of: id).count == 1)
                    let again = try await client.send(ClientRequest("DELETE", second.base + other.id.description, headers: headers))
                    #expect(again.status == 409)
                }
            }
        }
    }
}
