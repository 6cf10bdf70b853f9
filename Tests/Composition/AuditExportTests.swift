import Core
import HTTPServer
import Jobs
import JobsPostgres
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// The log of an org as a file, from the routes to the offline verification.
@Suite struct AuditExportTests {
    @Test
    func `AUD-082 AUD-083 who may read the log has it written by an operation and downloads it, and nobody else does`() async throws {
        try await ComposedAPI.withAPI { api in
            let (ada, eve) = (try await api.register("Ada"), try await api.register("Eve"))
            let path = "/v1/orgs/\(ada.org)/audit/exports"
            let order: JSONValue = ["format": "jsonl", "filters": ["class": ["org", "platform"], "actor_id": .string(ada.user)]]
            let started = try await api.call(.post, path, token: ada.token, body: order)
            #expect(started.status == 202 && started.body["state"] == "running", "\(started.body)")
            let again = try await api.call(.post, path, token: ada.token, body: order)
            #expect(again.status == 409 && again.body["code"] == "EXPORT_RUNNING", "\(again.body)")
            let refused: [JSONValue] = [
                ["format": "xml"], ["format": "csv", "include_proof": true], ["format": "csv", "filters": ["class": ["money"]]],
                ["format": "csv", "filters": ["reference": ["nothing"]]],
                ["format": "csv", "filters": ["operation_id": [.string(ada.org)]]],
            ]
            for body in refused {
                let answer = try await api.call(.post, path, token: ada.token, body: body)
                #expect(answer.status == 422, "\(body) \(answer.body)")
            }
            #expect(try await api.call(.post, path, token: eve.token, body: order).status == 403)

            let id = try #require(started.body["id"]?.stringValue)
            let file = "\(path)/\(id)"
            #expect(id.hasPrefix("aexp_"))
            #expect(try await api.call(.get, file, token: ada.token).status == 404, "not yet")
            try await write(id, try #require(started.body["operation_id"]?.stringValue), api)
            let operation = "/v1/operations/\(started.body["operation_id"]?.stringValue ?? "")/status"
            let ended = try await api.call(.get, operation, token: ada.token)
            #expect(ended.body["status"] == "completed" && ended.body["operation_type"] == "audit-export", "\(ended.body)")
            #expect(try await api.call(.get, operation, token: eve.token).status == 404)

            let whole = try await api.call(.get, file, token: ada.token)
            #expect(whole.status == 200 && whole.headers["Content-Type"] == "application/jsonl")
            #expect(whole.headers["Content-Disposition"] == "attachment; filename=\"\(id).jsonl\"")
            #expect(try await api.call(.get, file, token: eve.token).status == 403)
            #expect(try await api.call(.get, "/v1/orgs/\(eve.org)/audit/exports/\(id)", token: eve.token).status == 404)
            #expect(try await api.call(.get, "/v1/orgs/\(ada.org)/exports", token: ada.token).body["total"] == 0)
        }
    }

    /// What the worker does.
    private func write(_ id: String, _ operation: String, _ api: ComposedAPI) async throws {
        let dateSource = SystemDateSource()
        let export = try #require(AuditLogExport.ID(id))
        let handler = WriteAuditExportHandler(
            store: AppStore(client: api.database.systemClient, dateSource: dateSource, notifier: nil), settings: OrgsSettings(),
            naming: ReferenceNames.text)
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: dateSource,
            effects: PostgresEffectLedger(client: api.database.systemClient, dateSource: dateSource))
        let job = WriteAuditExport(
            operation: try #require(Operations.Operation.ID(operation)), export: OrgExport.ID(uuid: export.uuid))
        #expect(try await handler.run(job, context: context) == .completed)
        #expect(try await handler.run(job, context: context) != .completed, "it is written already")
    }
}
