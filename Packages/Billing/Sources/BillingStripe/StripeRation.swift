internal import Billing
internal import Core
internal import HTTPClient
internal import Observability
internal import Synchronization

/// Lets calls through as the allowance of all processes permits: a few are taken at a time, and count for a quarter of a second (STR-017).
final class StripeRation: Sendable {
    private struct Slice {
        var left: Int64
        var until: ContinuousClock.Instant
    }

    private struct Name: Hashable {
        let share: CallShare
        let endpoint: String
    }

    private static let size: Int64 = 4
    private static let life: Duration = .milliseconds(250)
    private static let pause: Duration = .milliseconds(200)

    private let allowance: any CallAllowance
    private let wait: @Sendable (Duration) async -> Bool
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let log: Log
    private let slices = Mutex<[Name: Slice]>([:])

    init(
        _ allowance: any CallAllowance, wait: @escaping @Sendable (Duration) async -> Bool,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }, log: Log
    ) {
        self.allowance = allowance
        self.wait = wait
        self.clock = clock
        self.log = log
    }

    /// Waits for its turn: a person a second at most, a job as long as its call may take.
    ///
    /// - Returns: when to come again; `nil` where it may go on.
    func admit(_ request: ProviderRequest, _ budget: CallBudget, isOrder: Bool) async -> Duration? {
        let name = Name(share: Self.share(budget, isOrder: isOrder), endpoint: Self.endpoint(of: request))
        let end = clock() + budget.patience
        while true {
            if takeOne(name) { return nil }
            do {
                let leased = try await allowance.lease(name.share == .interactive ? 1 : Self.size, of: name.share, at: name.endpoint)
                if leased > 0 {
                    keep(leased - 1, name)
                    return nil
                }
            } catch {
                // Who cannot count goes on: the provider's own refusals are heeded all the same.
                log.warning("calls to the provider go uncounted", ["error": .string(errorChain(error))])
                return nil
            }
            guard clock() + Self.pause < end, await wait(Self.pause) else { return .seconds(1) }
        }
    }

    /// Heeds an answer: a plain refusal for too many calls slows all processes down.
    func note(_ answer: StripeAnswer) async {
        guard case .answered(let response) = answer, response.status == 429, StripeErrorBody(response.body).code != "lock_timeout" else {
            return
        }
        do {
            try await allowance.slowDown()
        } catch {
            log.warning("the pace of calls to the provider was not changed", ["error": .string(errorChain(error))])
        }
    }

    private func takeOne(_ name: Name) -> Bool {
        let now = clock()
        return slices.withLock { slices in
            guard let slice = slices[name], slice.left > 0, now < slice.until else { return false }
            slices[name]?.left -= 1
            return true
        }
    }

    private func keep(_ count: Int64, _ name: Name) {
        let until = clock() + Self.life
        slices.withLock { $0[name] = Slice(left: count, until: until) }
    }

    private static func share(_ budget: CallBudget, isOrder: Bool) -> CallShare {
        budget == .interactive ? .interactive : isOrder ? .money : .upkeep
    }

    /// `subscriptions` of `/v1/subscriptions/sub_1?expand…`.
    static func endpoint(of request: ProviderRequest) -> String {
        let parts = request.path.split(separator: "?", maxSplits: 1).first?.split(separator: "/") ?? []
        let name = parts.count > 1 ? parts[1] : "other"
        return name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 } && name.utf8.count <= 60 ? String(name) : "other"
    }
}

extension CallBudget {
    /// How long a call may wait for its turn.
    fileprivate var patience: Duration {
        switch self {
        case .interactive, .brief: .seconds(1)
        case .job: .seconds(30)
        }
    }
}
