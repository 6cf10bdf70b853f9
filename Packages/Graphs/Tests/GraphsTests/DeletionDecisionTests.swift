import Billing
import Core
import Graphs
import Identity
import Operations
import Orgs
import Testing

@Suite struct DeletionDecisionTests {
    private let graph = Graph.fixture()

    private func facts(_ subscription: Subscription?, change: (inout DeletionFacts) -> Void = { _ in }) -> DeletionFacts {
        var facts = DeletionFacts(
            graph: graph, role: .admin, orgRole: .owner, subscription: subscription, isBillingEnabled: true,
            confirmation: graph.id.description, path: graph.id, atPeriodEnd: false, exclusiveOperation: nil, now: now)
        change(&facts)
        return facts
    }

    private func outcome(_ facts: DeletionFacts) -> Result<DeletionDecision, GraphError> {
        Result { () throws(GraphError) in try DeletionDecision.decide(facts) }
    }

    @Test func `GRA-042 immediate is accepted for active, past_due, unpaid and paused`() throws {
        for status in Subscription.Status.allCases {
            let result = outcome(facts(try .fixture(status)))
            switch status {
            case .active, .pastDue, .unpaid, .paused: #expect(result == .success(.immediate), "\(status)")
            case .provisioning: #expect(result == .failure(.subscriptionBusy))
            case .upgrading: #expect(result == .failure(.upgrading))
            case .pending, .pendingPayment, .failed, .canceled: #expect(result == .failure(.noSubscription), "\(status)")
            }
        }
    }

    @Test func `GRA-042 at_period_end is accepted for active only, and the refusal names the status`() throws {
        for status in Subscription.Status.allCases {
            let result = outcome(facts(try .fixture(status)) { $0.atPeriodEnd = true })
            switch status {
            case .active: #expect(result == .success(.atPeriodEnd(now + .days(10))))
            case .pastDue, .unpaid, .paused: #expect(result == .failure(.periodEndNeedsActive(status)))
            case .provisioning: #expect(result == .failure(.subscriptionBusy))
            case .upgrading: #expect(result == .failure(.upgrading))
            case .pending, .pendingPayment, .failed, .canceled: #expect(result == .failure(.noSubscription))
            }
        }
    }

    @Test(arguments: Subscription.Cancellation.Origin.allCases)
    func `GRA-042 an ending subscription is refused unless it ends by idleness`(_ origin: Subscription.Cancellation.Origin) throws {
        let ending = try Subscription.fixture(
            .canceled, endsAt: now + .days(3), cancellation: Subscription.Cancellation(mode: .periodEnd, origin: origin))
        let isIdle = origin == .idle
        #expect(outcome(facts(ending)) == (isIdle ? .success(.immediate) : .failure(.alreadyCanceled)))
        #expect(
            outcome(facts(ending) { $0.atPeriodEnd = true })
                == (isIdle ? .success(.atPeriodEnd(now + .days(3))) : .failure(.alreadyCanceled)))
    }

    @Test func `GRA-046 a deferral without a known end in the future is refused`() throws {
        #expect(outcome(facts(try .fixture(.active, periodEnd: nil)) { $0.atPeriodEnd = true }) == .failure(.periodEndUnknown))
        #expect(
            outcome(facts(try .fixture(.active, periodEnd: now)) { $0.atPeriodEnd = true }) == .failure(.periodEndUnknown))
    }

    @Test func `GRA-041 graph admin alone and org owner of another org are refused; an owner's implicit admin suffices`() throws {
        let active = try Subscription.fixture(.active)
        #expect(outcome(facts(active) { $0.orgRole = .admin }) == .failure(.orgOwnerRequired))
        #expect(outcome(facts(active) { $0.orgRole = nil }) == .failure(.notFound))
        #expect(outcome(facts(active) { $0.role = GraphRole.effective(granted: nil, inOrg: .owner) }) == .success(.immediate))
        #expect(outcome(facts(active) { $0.role = .member }) == .failure(.roleTooWeak(needed: .admin)))
    }

    @Test func `GRA-040 of two faults the earlier one answers`() throws {
        let running = Operation.ID.make(at: now)
        let paused = try Subscription.fixture(.paused)
        let faults: [(String, (inout DeletionFacts) -> Void, GraphError)] = [
            ("graph", { $0.graph = nil }, .notFound), ("confirm", { $0.confirmation = "kg" }, .confirmationDiffers(graph.id)),
            ("role", { $0.role = .viewer }, .roleTooWeak(needed: .admin)), ("subscription", { $0.subscription = nil }, .noSubscription),
            ("owner", { $0.orgRole = .admin }, .orgOwnerRequired),
            ("protection", { $0.graph = .fixture(isDeleteProtected: true) }, .deleteProtected),
            ("operation", { $0.exclusiveOperation = running }, .operationRunning(running)),
            (
                "deferral",
                {
                    $0.subscription = paused; $0.atPeriodEnd = true
                }, .periodEndNeedsActive(.paused)
            ),
        ]
        for (index, first) in faults.enumerated() {
            #expect(outcome(facts(try .fixture(.active), change: first.1)) == .failure(first.2), "\(first.0)")
            for second in faults[(index + 1)...] where first.0 != "graph" || second.0 != "protection" {
                let both = facts(try .fixture(.active)) {
                    second.1(&$0)
                    first.1(&$0)
                }
                if first.0 == "subscription", second.0 == "deferral" { continue }
                #expect(outcome(both) == .failure(first.2), "\(first.0) before \(second.0)")
            }
        }
    }

    @Test func `GRA-040 the subscription is not asked for when billing is off`() {
        #expect(outcome(facts(nil) { $0.isBillingEnabled = false }) == .success(.immediate))
        #expect(
            outcome(
                facts(nil) {
                    $0.isBillingEnabled = false
                    $0.atPeriodEnd = true
                }) == .failure(.periodEndUnknown))
    }

    @Test(arguments: [Graph.Status.provisioning, .deprovisioning, .deprovisioned, .failed])
    func `a graph that is being made, destroyed or gone is not deleted`(_ status: Graph.Status) throws {
        let graph = Graph.fixture(status: status, id: graph.id)
        let result = outcome(facts(try .fixture(.active)) { $0.graph = graph })
        #expect(result == .failure(status.isTerminal ? .notFound : .notActive(status)))
    }
}
