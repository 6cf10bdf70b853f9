import Audit
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct ProvisioningErrorsTests {
    @Test func `GRA-016 each error says whether another attempt can help, cannot, or must find out first`() {
        #expect(EngineError.unavailable("").nature == .retryable)
        #expect(EngineError.uncertain("").nature == .unknown)
        let definitive: [EngineError] = [.refused(""), .foreignObject(""), .notUnused(.make()), .unknownHost("")]
        #expect(definitive.allSatisfy { $0.nature == .definitive })
    }

    @Test func `GRA-016 and BIL-037 a step that does not succeed is tried five times, after 10, 20, 40 and 80 s, and is running meanwhile`()
        async throws
    {
        try await Deployment.with { deployment in
            for _ in 0..<5 { deployment.engine.fail(.before("principals")) }
            let operation = try await deployment.create().operation
            try await deployment.worker.drain()
            for (attempt, wait) in [10, 20, 40, 80].enumerated() {
                try await deployment.advance(.seconds(wait - 1))
                let waiting = try await deployment.operation(operation.id)
                #expect(waiting.status == .running)
                #expect(waiting.failure == nil)
                #expect(waiting.steps[2].attempt == attempt + 1)
                #expect(waiting.steps[2].state == .waiting)
                try await deployment.advance(.seconds(1))
            }
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed)
            #expect(failed.steps[2].attempt == 5)
            #expect(failed.steps[2].state == .failed)
        }
    }

    @Test func `GRA-016 an answer that was lost is looked for on the host before anything is made a second time`() async throws {
        try await Deployment.with { deployment in
            deployment.engine.fail(.lost("database"))
            let operation = try await deployment.create().operation
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            try await deployment.worker.drain()
            let first = try await deployment.database.adminClient.query(
                "SELECT oid::bigint AS oid FROM pg_database WHERE datname = \(id.databaseName)"
            ).first?.decode("oid", as: Int64.self)
            #expect(first != nil)
            #expect(try await deployment.operation(operation.id).status == .running)
            for _ in 0..<3 { try await deployment.advance(.minutes(1)) }
            #expect(try await deployment.operation(operation.id).status == .completed)
            let last = try await deployment.database.adminClient.query(
                "SELECT oid::bigint AS oid FROM pg_database WHERE datname = \(id.databaseName)"
            ).first?.decode("oid", as: Int64.self)
            #expect(last == first)
        }
    }

    @Test func `GRA-018 what goes wrong while undoing stands beside the first error, is alarmed after an hour, and ends all the same`()
        async throws
    {
        try await Deployment.with { deployment in
            deployment.engine.fail(.refused("schema"))
            for _ in 0..<40 { deployment.engine.fail(.before("discard")) }
            let operation = try await deployment.create().operation
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            try await deployment.worker.drain()
            try await deployment.advance(.minutes(10))
            let undoing = try await deployment.operation(operation.id)
            #expect(undoing.status == .running)
            #expect(undoing.phase == .compensating)
            #expect(undoing.failure?.code == "PROVISIONING_FAILED")
            #expect(!undoing.undoErrors.isEmpty)
            #expect(try await deployment.audit("operation_failed") == 0)
            for _ in 0..<3 { try await deployment.advance(.hours(1)) }
            let stuck = try await deployment.operation(operation.id)
            #expect(stuck.phase == .stuck)
            #expect(stuck.status == .running)
            #expect(stuck.failure == undoing.failure)
            #expect(stuck.undoErrors.count > undoing.undoErrors.count)
            #expect(try await deployment.audit("operation_failed") == 1)
            #expect(try await deployment.graph(id).status == .provisioning)
            deployment.engine.heal()
            for _ in 0..<3 { try await deployment.advance(.hours(2)) }
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed)
            #expect(failed.failure == undoing.failure)
            #expect(try await deployment.graph(id).status == .failed)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.audit("operation_failed") == 1)
        }
    }
}
