import Core
import HTTPServer
import Identity
import Jobs
import JobsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Testing

/// The way out with one's data over HTTP.
@Suite struct ExportRoutesTests {
    @Test func `ORG-101 ORG-105 an export needs owner, session and proof, is written by a job, and comes as a zip`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let path = "/v1/orgs/\(ada.org)/exports"
            let proof: JSONValue = ["reauth_password": .string(Front.password)]
            #expect(try await front.call(.post, path, proof, as: ben).code == "OWNER_REQUIRED")
            #expect(try await front.call(.get, path, as: ben).code == "OWNER_REQUIRED")
            let key = try await front.call(.post, "/v1/user/api-keys", ["name": "k"], as: ada)
            let secret = try #require(key.body["key"]?.stringValue)
            #expect(try await front.call(.post, path, proof, headers: ["X-API-Key": secret]).code == "SESSION_REQUIRED")
            #expect(try await front.call(.post, path, [:], as: ada).code == "PROOF_REQUIRED")
            let wrong = try await front.call(.post, path, ["reauth_password": "Wrong-Kettle42x"], as: ada)
            #expect(wrong.status == 401 && wrong.code == "PROOF_FAILED")
            let started = try await front.call(.post, path, proof, as: ada)
            #expect(started.status == 202 && started.body["state"] == "running" && started.body["size"] == .null)
            let again = try await front.call(.post, path, proof, as: ada)
            #expect(again.status == 409 && again.code == "EXPORT_RUNNING")
            let id = try #require(started.body["id"]?.stringValue)
            #expect(try await front.call(.get, path + "/" + id, as: ada).status == 404)
            try await write(id, front)
            let listed = try await front.call(.get, path, as: ada)
            let ready = try #require(listed.body["exports"]?.arrayValue?.first)
            #expect(listed.body["total"] == 1 && ready["state"] == "ready" && ready["schema_version"] == 1)
            #expect(try await front.call(.get, path + "/" + id, headers: ["X-API-Key": secret]).code == "SESSION_REQUIRED")
            #expect(try await front.call(.get, path + "/" + id, as: ben).code == "OWNER_REQUIRED")
            #expect((ready["size"].flatMap { if case .integer(let size) = $0 { size } else { nil } } ?? 0) > 1_000)
            let file = try await front.call(.get, path + "/" + id, as: ada)
            #expect(file.status == 200 && file.headers["Content-Type"] == "application/zip" && file.headers["Cache-Control"] == "no-store")
            #expect(try await front.count("audit.entry WHERE type = 'org_exported' AND data->>'what' = 'downloaded'") == 1)
        }
    }

    @Test func `ORG-101 SEC-016 the sixth export of a day is told when to come back`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let path = "/v1/orgs/\(ada.org)/exports"
            let proof: JSONValue = ["reauth_password": .string(Front.password)]
            for _ in 1...5 {
                let started = try await front.call(.post, path, proof, as: ada)
                #expect(started.status == 202)
                try await write(try #require(started.body["id"]?.stringValue), front)
            }
            let sixth = try await front.call(.post, path, proof, as: ada)
            #expect(sixth.status == 429 && sixth.code == "RATE_LIMIT_EXCEEDED" && sixth.headers["Retry-After"] == "86400")
        }
    }

    /// Does what the queue would.
    private func write(_ id: String, _ front: Front) async throws {
        let handler = WriteExportHandler(
            store: PostgresOrgStore(client: front.database.systemClient, dateSource: front.clock), contributors: [],
            settings: OrgsSettings())
        let job = WriteExport(export: try #require(OrgExport.ID(id)))
        #expect(try await handler.run(job, context: front.context()) == .completed)
    }
}

extension Front {
    /// What a job is told by the worker.
    fileprivate func context() -> JobContext {
        JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: clock,
            effects: PostgresEffectLedger(client: database.systemClient, dateSource: clock))
    }
}
