import AuditPostgres
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
@_spi(Authentication) import Identity
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

/// Every door to a graph and its operations, tried by an owner whose credential does not reach so far.
@Suite struct ReachTests {
    private typealias Door = (name: String, open: @Sendable (GraphCaller) async throws -> Void)

    private static let wish = BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil)

    /// Everything that the routes of graphs, members, credentials and backups call with a graph's id.
    private func doors(_ deployment: Deployment, _ id: GraphID, _ member: User.ID) -> [Door] {
        let (graphs, credentials) = (deployment.services.graphs, deployment.services.credentials)
        let (members, backups) = (deployment.services.members, deployment.services.backups)
        let (backup, text) = (GraphBackup.ID.make(at: start), id.description)
        return [
            ("get", { _ = try await graphs.graph(id, as: $0) }), ("explain", { _ = try await graphs.explain(id, as: $0) }),
            ("members", { _ = try await graphs.members(of: id, as: $0) }), ("select", { try await graphs.select(id, as: $0) }),
            (
                "metadata",
                {
                    _ = try await graphs.updateMetadata(
                        id, GraphMetadataChange(name: "Other", description: nil, tags: nil), key: nil, as: $0)
                }
            ),
            ("protect", { _ = try await graphs.setProtection(id, to: false, key: nil, as: $0) }),
            ("reactivate", { _ = try await graphs.reactivate(id, key: nil, as: $0) }),
            ("tier", { _ = try await graphs.changeTier(id, to: "ladybug-large", key: nil, as: $0) }),
            ("delete", { _ = try await graphs.delete(id, confirmation: text, atPeriodEnd: false, key: nil, as: $0) }),
            ("issue", { _ = try await credentials.issue(on: id, access: .readOnly, label: "", expiresAt: nil, as: $0) }),
            ("rotate", { _ = try await credentials.rotate(.make(at: start), of: id, overlap: .zero, as: $0) }),
            ("credentials", { _ = try await credentials.credentials(of: id, as: $0) }),
            ("revoke", { try await credentials.revoke(.make(at: start), of: id, as: $0) }),
            ("add", { _ = try await members.add(member, as: .viewer, to: id, by: $0) }),
            ("change", { _ = try await members.change(member, to: .viewer, on: id, by: $0) }),
            ("remove", { try await members.remove(member, from: id, by: $0) }),
            ("back up", { _ = try await backups.request(Self.wish, of: id, key: nil, as: $0) }),
            ("backups", { _ = try await backups.backups(of: id, limit: 1, offset: 0, as: $0) }),
            ("sums", { _ = try await backups.sums(of: id, as: $0) }),
            ("backup", { _ = try await backups.backup(backup, of: id, as: $0) }),
            ("download", { _ = try await backups.link(to: backup, of: id, lasting: .hours(1), as: $0) }),
            ("restore", { _ = try await backups.restore(backup, of: id, confirmation: text, key: nil, as: $0) }),
            ("erase", { _ = try await backups.erase(id, confirmation: text, key: nil, as: $0) }),
        ]
    }

    private func setRule(_ rule: String, _ deployment: Deployment) async throws {
        try await deployment.database.adminClient.execute("UPDATE orgs.org SET mfa_rule = \(rule) WHERE id = \(deployment.org)")
    }

    @Test(arguments: ["admins", "everyone"])
    func `ID-134 ORG-012 an owner's session without the second factor that the graph's org asks for opens no door to the graph`(
        _ rule: String
    ) async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            // Another owner made it.
            try await deployment.database.adminClient.execute("DELETE FROM graphs.graph_grant")
            try await setRule(rule, deployment)
            // The request acts for another org, or for none: what the graph's own org asks for is what counts.
            let lacking = MembershipReach(lacking: .off, boundOrg: nil)
            for org in [deployment.org, nil] {
                let caller = GraphCaller(user: deployment.owner, org: org, reach: lacking)
                for door in doors(deployment, id, deployment.member) {
                    await #expect(throws: IdentityError.mfaEnrollmentRequired, "\(door.name)") { try await door.open(caller) }
                }
                let listed = try await deployment.services.graphs.graphs(as: caller, includingEnded: true)
                #expect(listed.graphs.isEmpty && listed.selected == nil)
            }
            let wish: @Sendable () throws -> GraphDraft.Wish = {
                GraphDraft.Wish(
                    name: "x", description: nil, extensions: [], tags: [], tier: "ladybug-standard", customSchema: ["name": "o"],
                    initialEntity: nil, createsEntity: true)
            }
            let caller = GraphCaller(user: deployment.owner, org: deployment.org, reach: lacking)
            await #expect(throws: rule == "admins" ? GraphError.orgAdminRequired : GraphError.notOrgMember) {
                try await deployment.services.graphs.create(wish, key: nil, as: caller)
            }
            let access = StoredGraphAccess(store: deployment.store)
            await #expect(throws: IdentityError.mfaEnrollmentRequired) {
                try await access.canReach(id.description, by: .person(deployment.owner, within: lacking))
            }
            // The same person with both factors opens it.
            #expect(try await deployment.services.graphs.graph(id, as: deployment.caller).role == .admin)
            #expect(try await deployment.services.graphs.graphs(as: deployment.caller, includingEnded: false).graphs.count == 1)
        }
    }

    @Test func `ID-134 without the second factor whoever made a graph is a member of it still, and no admin`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await setRule("admins", deployment)
            let caller = GraphCaller(
                user: deployment.owner, org: deployment.org, reach: MembershipReach(lacking: .off, boundOrg: nil))
            let graphs = deployment.services.graphs
            let found = try await graphs.graph(id, as: caller)
            #expect(found.granted == .member && found.role == .member && found.orgRole == .member)
            #expect(try await graphs.graphs(as: caller, includingEnded: false).graphs.map(\.graph.id) == [id])
            await #expect(throws: GraphError.orgOwnerRequired) {
                try await graphs.changeTier(id, to: "ladybug-large", key: nil, as: caller)
            }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await graphs.delete(id, confirmation: id.description, atPeriodEnd: false, key: nil, as: caller)
            }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) { try await graphs.members(of: id, as: caller) }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await deployment.services.credentials.credentials(of: id, as: caller)
            }
            try await setRule("everyone", deployment)
            await #expect(throws: IdentityError.mfaEnrollmentRequired) { try await graphs.graph(id, as: caller) }
        }
    }

    @Test func `ID-108 a key that is bound to another org of its owner finds no graph and no operation of this one`() async throws {
        try await Deployment.with { deployment in
            let operation = try await deployment.create().operation
            try await deployment.worker.drain()
            let id = try #require(operation.graph.flatMap { GraphID($0) })
            let elsewhere = MembershipReach(lacking: nil, boundOrg: .make(at: start))
            let caller = GraphCaller(user: deployment.owner, org: elsewhere.boundOrg, reach: elsewhere)
            for door in doors(deployment, id, deployment.member) {
                await #expect(throws: GraphError.notFound, "\(door.name)") { try await door.open(caller) }
            }
            #expect(try await deployment.services.graphs.graphs(as: caller, includingEnded: true).graphs.isEmpty)
            #expect(
                try await !StoredGraphAccess(store: deployment.store).canReach(
                    id.description, by: .person(deployment.owner, within: elsewhere)))
            let operations = OperationService(store: deployment.store, controller: GraphOperations(), dateSource: deployment.clock)
            try await expectRefusals(OperationError.notFound, of: operation.id, operations, deployment.owner, within: elsewhere)
            #expect(
                try await operations.operations(OperationQuery(), as: OperationCaller(user: deployment.owner, reach: elsewhere)).isEmpty)
            // A key that is bound to this org reaches all of it.
            let here = MembershipReach(lacking: nil, boundOrg: deployment.org)
            let own = GraphCaller(user: deployment.owner, org: deployment.org, reach: here)
            #expect(try await deployment.services.graphs.graph(id, as: own).role == .admin)
            #expect(
                try await operations.operations(OperationQuery(), as: OperationCaller(user: deployment.owner, reach: here)).count == 1)
        }
    }

    @Test func `ID-134 without the second factor an org's operations are those of a member, or none at all`() async throws {
        try await Deployment.with { deployment in
            let operation = try await deployment.create().operation
            try await deployment.worker.drain()
            // Somebody else is an owner by now, who started nothing.
            try await deployment.database.adminClient.execute("UPDATE orgs.membership SET role = 'owner'")
            let lacking = MembershipReach(lacking: .off, boundOrg: nil)
            let operations = OperationService(store: deployment.store, controller: GraphOperations(), dateSource: deployment.clock)
            func listed(_ user: User.ID) async throws -> Int {
                try await operations.operations(OperationQuery(), as: OperationCaller(user: user, reach: lacking)).count
            }
            #expect(try await listed(deployment.member) == 1)
            try await setRule("admins", deployment)
            try await expectRefusals(IdentityError.mfaEnrollmentRequired, of: operation.id, operations, deployment.member, within: lacking)
            #expect(try await listed(deployment.member) == 0)
            // What a person started is a member's to see.
            #expect(try await listed(deployment.owner) == 1)
            let own = OperationCaller(user: deployment.owner, reach: lacking)
            #expect(try await operations.operation(operation.id, as: own).operation.id == operation.id)
            try await setRule("everyone", deployment)
            try await expectRefusals(IdentityError.mfaEnrollmentRequired, of: operation.id, operations, deployment.owner, within: lacking)
            #expect(try await listed(deployment.owner) == 0)
        }
    }

    private func expectRefusals<Refusal: Error & Equatable>(
        _ refusal: Refusal, of id: Operations.Operation.ID, _ operations: some OperationManaging, _ user: User.ID,
        within reach: MembershipReach
    ) async throws {
        let caller = OperationCaller(user: user, reach: reach)
        await #expect(throws: refusal) { try await operations.operation(id, as: caller) }
        await #expect(throws: refusal) { try await operations.cancel(id, as: caller) }
        await #expect(throws: refusal) { try await operations.resume(id, input: .null, as: caller) }
    }
}
