import Audit
import AuditPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import JobsTesting
import Operations
import PlatformTesting
import Postgres
import Testing

/// Who changed a graph, and how, as its admins read it.
@Suite struct MutationTests {
    private func mutations(_ deployment: Deployment) -> GraphMutations<Deployment.Store> {
        GraphMutations(
            store: deployment.store, reader: PostgresAuditReader(client: deployment.database.systemClient), dateSource: deployment.clock,
            fingerprint: { "print of \($0)" })
    }

    private func lines(_ page: Page<GraphMutation>) -> [String] {
        page.elements.map { mutation in
            [mutation.call.data["operation_name"]?.stringValue, mutation["status"]?.stringValue, mutation["error_code"]?.stringValue]
                .compactMap(\.self).joined(separator: " ")
        }
    }

    @Test
    func
        `AUD-057 AUD-075 AUD-076 calls that changed a graph are listed with those that failed and how the long ones ended, repeated ones are not`()
        async throws
    {
        try await Deployment.with { deployment in
            let list = mutations(deployment)
            let made = try await deployment.create()
            let id = try #require(made.operation.graph.flatMap { GraphID($0) })
            #expect(lines(try await list.mutations(of: id, GraphMutationQuery(), as: deployment.caller)) == ["create-graph pending"])
            try await deployment.worker.drain()
            #expect(lines(try await list.mutations(of: id, GraphMutationQuery(), as: deployment.caller)) == ["create-graph completed"])

            // A change with a key, twice; its argument is kept as a digest, and ids in it as what it touched.
            deployment.clock.advance(by: .seconds(1))
            let touched = GraphBackup.ID.make(at: deployment.clock.now).description
            let call = list.call(with: [
                "graph_name": "Secret plan", "about": .string(touched), "owner": .string(deployment.owner.description),
            ])
            let key = try #require(RequestKey("k1"))
            let print = try CallFingerprint(method: "POST", route: "/metadata", pathValues: [:], query: [], body: nil)
            for _ in 1...2 {
                _ = try await MutatingCall.$current.withValue(call) {
                    try await deployment.services.graphs.updateMetadata(
                        id, GraphMetadataChange(name: "Plan", description: nil, tags: nil), key: CallKey(key: key, fingerprint: print),
                        as: deployment.caller)
                }
            }
            deployment.clock.advance(by: .seconds(1))
            try await list.note("add-graph-member", list.call(with: [:]), on: id, refusedFor: "NOT_IN_ORG", as: deployment.caller)
            let all = try await list.mutations(of: id, GraphMutationQuery(), as: deployment.caller)
            #expect(lines(all) == ["add-graph-member failed NOT_IN_ORG", "update-graph-metadata completed", "create-graph completed"])
            let change = all.elements[1]
            #expect(change["surface"] == "api" && change["operator_type"] == nil && change["object_ids"] == [.string(touched)])
            #expect(change.call.data["arguments_fingerprint"]?.stringValue?.hasPrefix("print of ") == true)
            #expect(change.call.actor.reference == AuditReference(deployment.owner))

            // Filters, pages, and who may look.
            var query = GraphMutationQuery(limit: 1)
            query.user = deployment.owner
            var seen: [String] = []
            repeat {
                let page = try await list.mutations(of: id, query, as: deployment.caller)
                seen += lines(page)
                query.cursor = page.next
            } while query.cursor != nil
            #expect(seen == lines(all))
            query = GraphMutationQuery()
            query.operation = made.operation.id
            #expect(lines(try await list.mutations(of: id, query, as: deployment.caller)) == ["create-graph completed"])
            query.name = "change-tier"
            #expect(try await list.mutations(of: id, query, as: deployment.caller).elements.isEmpty)
            query = GraphMutationQuery()
            query.surface = "operator"
            #expect(try await list.mutations(of: id, query, as: deployment.caller).elements.isEmpty)
            query.cursor = Cursor("nonsense")
            await #expect(throws: AuditCursorInvalid.self) { try await list.mutations(of: id, query, as: deployment.caller) }
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            _ = try await deployment.services.members.add(deployment.member, as: .member, to: id, by: deployment.caller)
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await list.mutations(of: id, GraphMutationQuery(), as: member)
            }
        }
    }

    /// Lets no line of these be written until told otherwise.
    private func refuse(_ part: String, _ deployment: Deployment, while body: () async throws -> Void) async throws {
        let admin = deployment.database.adminClient
        try await admin.execute(
            """
            CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION 'cut'; END $body$
            """)
        try await admin.execute(
            Statement(
                """
                CREATE TRIGGER cut BEFORE INSERT ON audit.entry FOR EACH ROW
                WHEN (NEW.type = 'graph_mutation' AND NEW.data ->> 'part' = '\(part)') EXECUTE FUNCTION public.fail()
                """, []))
        try await body()
        try await admin.execute("DROP TRIGGER cut ON audit.entry")
    }

    @Test
    func
        `AUD-021 AUD-075 a change of members or logins and its line in the list are one transaction: where the line cannot be written nothing is changed`()
        async throws
    {
        try await Deployment.with { deployment in
            let (members, credentials) = (deployment.services.members, deployment.services.credentials)
            let id = try await deployment.activeGraph()
            let (caller, member) = (deployment.caller, deployment.member)
            func granted() async throws -> GraphRole? {
                try await deployment.store.grants(on: id).first { $0.user == member }?.role
            }
            func live() async throws -> [GraphCredential] {
                try await credentials.credentials(of: id, as: caller).filter { $0.revokedAt == nil }
            }
            func issue() async throws -> GraphCredential {
                try await credentials.issue(on: id, access: .readOnly, label: "reports", expiresAt: nil, as: caller).credential
            }

            try await refuse("call", deployment) {
                await #expect(throws: PostgresError.self) { try await members.add(member, as: .member, to: id, by: caller) }
                await #expect(throws: PostgresError.self) { try await issue() }
            }
            #expect(try await granted() == nil)
            #expect(try await credentials.credentials(of: id, as: caller).isEmpty)
            _ = try await members.add(member, as: .member, to: id, by: caller)
            let first = try await issue()
            try await refuse("call", deployment) {
                await #expect(throws: PostgresError.self) { try await members.change(member, to: .viewer, on: id, by: caller) }
                await #expect(throws: PostgresError.self) { try await members.remove(member, from: id, by: caller) }
                await #expect(throws: PostgresError.self) {
                    try await credentials.rotate(first.id, of: id, overlap: .hours(1), as: caller)
                }
                await #expect(throws: PostgresError.self) { try await credentials.revoke(first.id, of: id, as: caller) }
            }
            #expect(try await granted() == .member)
            #expect(try await live() == [first])

            // A login whose end cannot be told is one whose password nobody gets: it does not stay, and the old one keeps its time.
            try await refuse("end", deployment) {
                await #expect(throws: PostgresError.self) { try await issue() }
                await #expect(throws: PostgresError.self) {
                    try await credentials.rotate(first.id, of: id, overlap: .hours(1), as: caller)
                }
            }
            #expect(try await live() == [first])
        }
    }

    @Test
    func `AUD-075 a call that made a login is told of once, also when the host refuses it, and one that was done is not told of as failed`()
        async throws
    {
        try await Deployment.with { deployment in
            let (list, members, credentials) = (mutations(deployment), deployment.services.members, deployment.services.credentials)
            let id = try await deployment.activeGraph()
            let caller = deployment.caller
            // Each call is made a second after the one before: lines of one instant have no order to go by.
            deployment.clock.advance(by: .seconds(1))
            /// As a route does it.
            func calling(_ name: GraphCallName, _ work: () async throws -> Void) async throws {
                let call = list.call(with: [:])
                do {
                    try await MutatingCall.$current.withValue(call, operation: work)
                } catch {
                    try await list.note(name.rawValue, call, on: id, refusedFor: "REFUSED", as: caller)
                }
                deployment.clock.advance(by: .seconds(1))
            }
            func issue() async throws -> GraphCredential.ID {
                try await credentials.issue(on: id, access: .readOnly, label: "", expiresAt: nil, as: caller).credential.id
            }

            deployment.engine.fail(.refused("issue"))
            try await calling(.createCredential) { _ = try await issue() }
            deployment.engine.heal()
            var (first, second): (GraphCredential.ID?, GraphCredential.ID?)
            try await calling(.createCredential) { first = try await issue() }
            let old = try #require(first)
            try await calling(.rotateCredential) {
                second = try await credentials.rotate(old, of: id, overlap: .hours(1), as: caller).credential.id
            }
            try await calling(.revokeCredential) { try await credentials.revoke(old, of: id, as: caller) }
            // Again: there is nothing to end, and nothing to tell.
            try await calling(.revokeCredential) { try await credentials.revoke(old, of: id, as: caller) }
            try await calling(.addMember) {
                _ = try await members.add(deployment.member, as: .viewer, to: id, by: caller)
                throw GraphError.notFound
            }
            let page = try await list.mutations(of: id, GraphMutationQuery(), as: caller)
            #expect(
                lines(page).dropLast() == [
                    "add-graph-member completed", "revoke-graph-credential completed", "rotate-graph-credential completed",
                    "create-graph-credential completed", "create-graph-credential failed REFUSED",
                ])
            let made = try #require(second)
            #expect(
                page.elements.map { $0["object_ids"] }[1...3] == [
                    [.string(old.description)], [.string(made.description)], [.string(old.description)],
                ])
        }
    }

    @Test func `AUD-076 what the product does to a graph by itself is a run of its own, and no id of people or orgs counts as touched`()
        async throws
    {
        let found = MutatingCall.objects(in: [
            "a": .array((0..<30).map { .string("bk_\(String(repeating: "0", count: 24))\($0 / 10)\($0 % 10)") }),
            "b": "user_00000000000000000000000000",
            "c": ["org_00000000000000000000000000", "not an id", "kg0123456789abcdef"],
        ])
        #expect(found.count == 20 && found.first == "bk_00000000000000000000000000")
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.store.withTransaction(.system) { transaction in
                let graph = try #require(try await transaction.lockedGraph(id))
                _ = try await deployment.services.lifecycle.beginTeardown(
                    graph, reason: "retention", by: .system(component: "graphs"), startedBy: nil, parent: nil, at: deployment.clock.now,
                    in: transaction)
            }
            var query = GraphMutationQuery()
            query.surface = "operator"
            let page = try await mutations(deployment).mutations(of: id, query, as: deployment.caller)
            #expect(lines(page) == ["graph-teardown pending"])
            #expect(page.elements.first?["operator_type"] == "automation" && page.elements.first?.call.actor.kind == "system")
            try await deployment.worker.drain()
        }
    }
}
