import Billing
import Core
import Graphs
import HTTPServer
import Identity
import Operations
import Orgs
import Testing

@testable import GraphsHTTP

@Suite struct GraphBodiesTests {
    private let now = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)

    private func found(_ status: Graph.Status = .active) -> GraphForUser {
        let graph = Graph(
            id: .make(), org: Org.ID(high: 1, low: 1), kind: .generic, createdBy: User.ID(high: 2, low: 2), createdAt: now,
            provisioning: .make(at: now), name: "Ledger", description: "", tags: [], extensions: [], customSchema: nil,
            initialEntity: nil, tier: .standard, subscription: nil, host: nil, status: status, statusSince: now, statusReason: nil,
            mode: status == .active ? .full : .none, accessEpoch: 1, purgeAt: status == .suspended ? now + .days(7) : nil,
            purgeHold: status == .suspended ? "law" : nil, isDeleteProtected: false)
        return GraphForUser(graph: graph, granted: .viewer, orgRole: .member)
    }

    @Test func `GRA-029 metrics count by label and type and give the storage with its items`() throws {
        let facts = GraphFacts(
            bytes: 3_145_728, nodes: ["Entity": 2, "Fact": 5], edges: ["HAS": 4], lastModified: nil, schemaVersion: nil,
            serverStartedAt: nil, sessions: 0, counters: nil)
        let body = GraphBodies.metrics(found(), facts, now: now)
        #expect(body["total_nodes"] == 7)
        #expect(body["total_relationships"] == 4)
        #expect(body["node_counts"] == ["Entity": 2, "Fact": 5])
        #expect(body["relationship_counts"] == ["HAS": 4])
        #expect(body["user_role"] == "viewer")
        #expect(body["storage"]?["total_bytes"] == 3_145_728)
        #expect(body["storage"]?["total_kb"] == .number(3_072))
        #expect(body["storage"]?["total_mb"] == .number(3))
        #expect(body["storage"]?["items"]?.arrayValue?.count == 1)
        #expect(body["health_status"]?["status"] == "healthy")
    }

    private var facts: GraphFacts {
        GraphFacts(
            bytes: 2_097_152, nodes: ["Entity": 2, "Fact": 5], edges: ["HAS": 4], lastModified: now - .hours(2), schemaVersion: "1.2.0",
            serverStartedAt: now - .hours(5), sessions: 1, counters: nil)
    }

    @Test func `GRA-026 info gives size, counts, labels and types with their time, also when they are from an earlier answer`() throws {
        let access = AccessDecision(.readWrite, .active)
        for isLive in [true, false] {
            let reading = GraphReading(facts: facts, measuredAt: now - .hours(1), isLive: isLive, isHostReady: isLive)
            let body = GraphBodies.info(found().graph, reading, access: access, backups: [])
            #expect(body["database_size_bytes"] == 2_097_152)
            #expect(body["database_size_mb"] == .number(2))
            #expect(body["node_count"] == 7)
            #expect(body["relationship_count"] == 4)
            #expect(body["node_labels"] == ["Entity", "Fact"])
            #expect(body["relationship_types"] == ["HAS"])
            #expect(body["last_modified"] == .string((now - .hours(2)).description))
            #expect(body["created_at"] == .string(now.description))
            #expect(body["schema_version"] == "1.2.0")
            #expect(body["read_only"] == false)
            #expect(body["backup_count"] == 0)
            #expect(body["as_of"] == .string((now - .hours(1)).description))
        }
        #expect(GraphBodies.info(found().graph, nil, access: access, backups: [])["as_of"] == .null)
    }

    @Test func `GRA-101 a graph on a host that is not ready is degraded while it answers, and unhealthy when it does not`() throws {
        func status(_ isLive: Bool, _ isHostReady: Bool) -> JSONValue? {
            GraphBodies.health(
                found().graph, GraphReading(facts: facts, measuredAt: now, isLive: isLive, isHostReady: isHostReady),
                GraphActivity(between: []), now: now)["status"]
        }
        #expect(status(true, true) == "healthy")
        #expect(status(true, false) == "degraded")
        #expect(status(false, true) == "unhealthy")
        #expect(status(false, false) == "unhealthy")
        #expect(GraphBodies.health(found().graph, nil, GraphActivity(between: []), now: now)["status"] == "unhealthy")
        #expect(GraphBodies.health(found(.suspended).graph, nil, GraphActivity(between: []), now: now)["status"] == "unknown")
    }

    @Test func `GRA-027 health tells uptime, statements, mean time and failed share, and knows nothing of the machine`() throws {
        func counted(_ statements: Int64, _ failed: Int64, _ busy: Int64, epoch: String = "1") -> EngineCounters {
            EngineCounters(epoch: epoch, statements: statements, failed: failed, busyMilliseconds: busy)
        }
        // Two hours, then the server began anew, and an hour later the figures were reset.
        let readings = [
            counted(1_000, 10, 500), counted(1_100, 12, 700), counted(1_150, 12, 800), counted(40, 4, 30), counted(50, 9, 70, epoch: "1/2"),
        ]
        let activity = GraphActivity(between: readings)
        #expect(activity.statements == 240 && activity.failed == 15 && activity.busyMilliseconds == 400)
        let reading = GraphReading(facts: facts, measuredAt: now, isLive: true, isHostReady: true)
        let body = GraphBodies.health(found().graph, reading, activity, now: now)
        #expect(body["status"] == "healthy" && body["connection_status"] == "connected" && body["alerts"] == [])
        #expect(body["uptime_seconds"] == .number(18_000) && body["query_count_24h"] == 240)
        #expect(body["avg_query_time_ms"] == .number(400.0 / 240) && body["error_rate_24h"] == .number(6.25))
        #expect(body["storage_usage_mb"] == .number(2))
        for member in ["memory_usage_mb", "memory_usage_percent", "cpu_usage_percent", "resource_status"] { #expect(body[member] == .null) }
        // Nothing counted is no division by nothing.
        for none in [[], [counted(7, 1, 5)]] {
            let quiet = GraphBodies.health(found().graph, nil, GraphActivity(between: none), now: now)
            #expect(quiet["query_count_24h"] == 0 && quiet["avg_query_time_ms"] == .number(0) && quiet["error_rate_24h"] == .number(0))
            #expect(
                quiet["status"] == "unhealthy" && quiet["connection_status"] == "disconnected" && quiet["alerts"]?.arrayValue?.count == 1)
        }
    }

    @Test func `GRA-028 limits give every cap with its use, from 80 % as approaching, and repositories none that they lack`() throws {
        let plans = try BuiltInCatalogue.load()
        func limits(_ name: TierName, bytes: Int64?, backups: Int = 0, subgraphs: Int = 0) throws -> JSONValue {
            let tier = try #require(GraphCatalogue.standard.tier(name))
            let facts = bytes.map {
                GraphFacts(
                    bytes: $0, nodes: ["Entity": 3], edges: [:], lastModified: nil, schemaVersion: nil, serverStartedAt: nil, sessions: 4,
                    counters: nil)
            }
            return TierBodies.limits(
                of: found().graph, tier: tier, plan: plans.plans[.graph(name.rawValue)], pool: nil, facts: facts,
                today: GraphDailyUse(backups: backups, subgraphs: subgraphs, subgraphBytes: Int64(subgraphs) << 30))
        }
        let cap = Int64(10) << 30
        let near = try limits(.standard, bytes: cap / 5 * 4, backups: 1)
        #expect(near["storage"] == ["max_storage_gb": .number(10), "approaching_limit": true, "current_usage_gb": .number(8)])
        #expect(near["instance"]?["status"] == "approaching" && near["instance"]?["usage_percentage"] == .number(80))
        #expect(near["instance"]?["node_count"] == 3 && near["instance"]?["items"]?.arrayValue?.first?["bytes"] == .integer(cap / 5 * 4))
        #expect(near["queries"]?["concurrent_queries"] == 10 && near["queries"]?["current_sessions"] == 4)
        #expect(near["copy_operations"]?["daily_copy_operations"] == 25 && near["copy_operations"]?["max_file_size_gb"] == .number(1))
        #expect(near["backups"]?["max_backups_per_day"] == 2 && near["backups"]?["used_today"] == 1)
        #expect(near["backups"]?["approaching_limit"] == false && near["subgraphs"]?["max_allowed"] == 3)
        #expect(near["content"]?["max_rows_per_copy"] == 2_000_000 && near["credits"] == .null && near["is_shared_repository"] == false)
        #expect(try limits(.standard, bytes: cap / 5 * 4 - 1)["storage"]?["approaching_limit"] == false)
        #expect(try limits(.standard, bytes: cap + 1, backups: 2)["instance"]?["status"] == "over_limit")
        #expect(try limits(.standard, bytes: cap + 1, backups: 2)["backups"]?["approaching_limit"] == true)
        // Subgraphs are under the same cap as their parent.
        let parted = try limits(.standard, bytes: Int64(9) << 30, subgraphs: 2)
        #expect(parted["subgraphs"] == ["current_count": 2, "approaching_limit": false, "max_allowed": 3, "remaining": 1])
        #expect(parted["storage"]?["current_usage_gb"] == .number(11) && parted["instance"]?["status"] == "over_limit")
        #expect(try limits(.standard, bytes: cap, subgraphs: 3)["subgraphs"]?["remaining"] == 0)
        let unknown = try limits(.xlarge, bytes: nil, backups: 9)
        #expect(unknown["storage"]?["current_usage_gb"] == .null && unknown["instance"]?["usage_percentage"] == .null)
        #expect(unknown["backups"]?["max_backups_per_day"] == -1 && unknown["backups"]?["approaching_limit"] == false)
        #expect(unknown["copy_operations"]?["daily_copy_operations"] == -1)

        let repository = Repository(id: try #require(ResourceID("sec")), name: "SEC filings", description: "", createdAt: now)
        let seat = RepositoryForUser(repository: repository, access: .read, plan: "starter")
        let shared = TierBodies.limits(of: seat, plan: plans.plans[.repository("sec", "starter")])
        #expect(
            shared["is_shared_repository"] == true && shared["graph_tier"] == "ladybug-shared" && shared["subscription_tier"] == "starter")
        #expect(shared["rate_limits"] == ["requests_per_minute": 10, "requests_per_hour": 200, "burst_capacity": 10])
        for member in ["credits", "documents", "subgraphs", "content", "instance"] { #expect(shared[member] == .null, "\(member)") }
        // Both kinds of answers have the same members.
        #expect(Set(shared.objectValue?.keys.map(\.self) ?? []) == Set(near.objectValue?.keys.map(\.self) ?? []))
        #expect(TierBodies.limits(of: seat, plan: nil)["rate_limits"]?["requests_per_minute"] == -1)
    }

    @Test func `GRA-010 GRA-059 the body names a backup, and whoever is refused is told the other way`() throws {
        let backup = GraphBackup.ID(high: 1, low: 2)
        let text = #"{"metadata": {"graph_name": "Back"}, "source_backup_id": "\#(backup)"}"#
        let wish = try JSON.decode(CreateGraphBody.self, from: Array(text.utf8)).wish
        #expect(wish.source == backup && wish.name == "Back" && wish.tier == "ladybug-standard")
        let refusals: [(GraphError, String)] = [
            (.backupTooLarge(bytes: 2, cap: 1), "BACKUP_TOO_LARGE"), (.backupNotCompleted(.expired), "BACKUP_NOT_COMPLETED"),
            (.notSuspended(.active), "GRAPH_NOT_SUSPENDED"), (.stillPaidFor(.unpaid), "SUBSCRIPTION_STANDS"),
            (.undeletionTooLate, "UNDELETION_TOO_LATE"),
        ]
        for (refusal, code) in refusals {
            #expect(refusal.problem.status == .conflict && refusal.problem.code == code)
        }
        #expect(GraphError.undeletionTooLate.problem.detail.contains("source_backup_id"))
    }

    @Test func `GRA-030 what is not asked for is null, and amounts are in gigabytes and credits`() throws {
        let graph = found().graph
        let span = UsageRange.week.span(at: now)
        let empty = UsageBodies.usage(graph, GraphUsage(span: span), over: .week, now: now)
        #expect(empty["time_range"] == "7d" && empty["recent_events"] == [])
        for part in ["storage_summary", "credit_summary", "performance_insights"] { #expect(empty[part] == .null) }
        var usage = GraphUsage(span: span)
        usage.storage = StorageUse([SizeAt(at: span.lowerBound, bytes: 3 << 30)], in: span)
        usage.credits = CreditsSpent(kinds: [.init(name: "agent", count: 3, credits: AICredits(hundredths: 250), free: 1)], lines: 4)
        usage.work = [WorkUse(kind: "create-backup", ended: 4, failed: 1, averageSeconds: 2.5, maximumSeconds: 4)]
        usage.events = [
            .credits(at: now, kind: "consumption", operation: "agent", amount: AICredits(hundredths: -125), description: "asked")
        ]
        let body = UsageBodies.usage(graph, usage, over: .week, now: now)
        #expect(
            body["storage_summary"] == [
                "graph_tier": "ladybug-standard", "avg_storage_gb": .number(3), "max_storage_gb": .number(3), "min_storage_gb": .number(3),
                "measurement_count": 1,
            ])
        #expect(body["credit_summary"]?["total_credits_consumed"] == .number(2.5))
        #expect(body["credit_summary"]?["operation_breakdown"] == ["agent": ["count": 3, "credits": .number(2.5)]])
        #expect(body["credit_summary"]?["cached_operations"] == 1 && body["credit_summary"]?["billable_operations"] == 2)
        #expect(body["credit_summary"]?["transaction_count"] == 4)
        #expect(body["performance_insights"]?["analysis_period_days"] == 7 && body["performance_insights"]?["performance_score"] == 75)
        #expect(body["recent_events"]?.arrayValue?.first?["credits"] == .number(-1.25))
    }

    @Test func `GRA-092 a repository is listed with its own words for roles, never as the selected one`() throws {
        let repository = Repository(id: try #require(ResourceID("sec")), name: "SEC filings", description: "", createdAt: now)
        for access in RepositoryGrant.Access.allCases {
            let body = GraphBodies.listed(RepositoryForUser(repository: repository, access: access, plan: "starter"))
            #expect(body["graphId"] == "sec")
            #expect(body["role"] == .string(access.rawValue))
            #expect(body["isRepository"] == true)
            #expect(body["graphType"] == "repository")
            #expect(body["isSelected"] == false)
        }
        #expect(GraphError.sharedRepository.problem.status == .forbidden)
        #expect(GraphError.notOfRepositories.problem.status == .badRequest)
    }

    @Test func `GRA-029 while nothing can be measured the storage holds only an error`() throws {
        let body = GraphBodies.metrics(found(), nil, now: now)
        guard case .object(let storage)? = body["storage"] else {
            Issue.record("no storage")
            return
        }
        #expect(Array(storage.keys) == ["error"])
        #expect(body["total_nodes"] == 0)
        #expect(body["node_counts"] == .object([:]))
        #expect(body["health_status"]?["status"] == "unhealthy")
    }

    @Test func `GRA-056 and GRA-128 the record and the explanation show until when a graph is kept, and what holds its purge`() throws {
        let suspended = found(.suspended)
        let access = AccessDecision(.none, .resourceSuspended)
        let purgeAt = JSONValue.string((now + .days(7)).description)
        let record = GraphBodies.record(suspended, access: access, lacking: [])
        #expect(record["purge_at"] == purgeAt)
        #expect(record["purge_hold"] == "law")
        let situation = GraphSituation(
            graph: suspended.graph, role: .viewer, orgRole: .member, subscription: nil, isBillingEnabled: true, exclusiveOperation: nil,
            access: access, now: now)
        let body = ExplanationBodies.explanation(situation, GraphAction.allCases.map { GraphExplanation(of: $0, in: situation) })
        #expect(body["facts"]?["purge_at"] == purgeAt)
        #expect(body["facts"]?["purge_hold"] == "law")
        #expect(body["next_change_at"] == .null)
        let write = body["actions"]?.arrayValue?.first { $0["action"] == "write" }
        #expect(write?["allowed"] == false)
        #expect(write?["code"] == "FORBIDDEN")
    }

    @Test func `GRA-121 a graph says who holds its mode and what its engine lacks, and what needs that is 409`() {
        let access = AccessDecision(.readWrite, .active)
        let whole = GraphBodies.record(found(.active), access: access, lacking: [])
        #expect(whole["mode_enforced_by"] == "engine" && whole["engine_lacks"] == [])
        let poor = GraphBodies.record(found(.active), access: access, lacking: [.logins, .modes, .restore])
        #expect(poor["mode_enforced_by"] == "api" && poor["engine_lacks"] == ["logins", "modes", "restore"])
        for capability in EngineCapability.allCases {
            let problem = GraphError.engineUnsupported(capability).problem
            #expect(problem.status == .conflict && problem.code == "ENGINE_UNSUPPORTED")
        }
    }
}
