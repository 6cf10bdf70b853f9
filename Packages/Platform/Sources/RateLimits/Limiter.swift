public import Core
public import HTTPServer
internal import Observability

/// One policy as it is applied: with its number, its figures and its header fields.
struct AppliedPolicy: Sendable {
    let policy: CategoryPolicy
    let number: UInt32
    let rate: RateLimit
    let anonymousRate: RateLimit
    let headers: LimitHeaders
    let anonymousHeaders: LimitHeaders
    let ceiling: RateLimit?

    init(_ policy: CategoryPolicy, number: UInt32) {
        self.policy = policy
        self.number = number
        rate = policy.limit
        anonymousRate = policy.limit.tenth
        headers = LimitHeaders(policy.category, rate)
        anonymousHeaders = LimitHeaders(policy.category, anonymousRate)
        if case .provider(let ceiling) = policy.counting { self.ceiling = ceiling } else { ceiling = nil }
    }
}

/// A row of the plans' figures as it is applied.
struct AppliedPlan: Sendable {
    let policy: PlanPolicy
    let number: UInt32
    private let columns: [(rate: RateLimit, headers: LimitHeaders)]

    init(_ policy: PlanPolicy, number: UInt32) {
        self.policy = policy
        self.number = number
        columns = PlanColumn.allCases.map { ($0, policy[$0]) }.map { ($1, LimitHeaders(policy.category, $1)) }
    }

    subscript(column: PlanColumn) -> (rate: RateLimit, headers: LimitHeaders) { columns[column.rawValue] }
}

/// What of a request counts.
struct Counted: Sendable {
    let method: Method
    let route: String
    let address: String

    init(_ request: Request) {
        method = request.method
        route = request.route ?? ""
        address = request.remoteAddress
    }
}

/// What was found out about a request, and how an answer shows it.
struct Admission: Sendable {
    let taken: Taken
    let headers: LimitHeaders
    let caller: Caller
    /// The places in this process that the request has, for when it is refused after all.
    var places: InlineArray<4, Demand?> = [nil, nil, nil, nil]
}

/// Takes places for requests: in this process, or in the strict store.
final class Limiter: Sendable {
    let settings: RateLimitSettings
    let dateSource: any DateSource
    private let buckets: GeneralBuckets
    private let strict: (any StrictBuckets)?
    private let policies: [RouteCategory: AppliedPolicy]
    private let plans: [RouteCategory: AppliedPlan]
    private let columns: PlanColumns?
    private let slots: OrgSlots
    private let observer: (any RefusalObserver)?
    private let metrics: Metrics?
    private let overrides: RateLimitOverrides?
    private let whole: (network: AppliedPolicy, apiKey: AppliedPolicy, session: AppliedPolicy, org: AppliedPolicy)

    /// Beyond the numbers of categories: the ceiling of a provider, and which refusals were told of.
    private static let ceilingMark: UInt32 = 1 << 30
    private static let toldMark: UInt32 = 1 << 31
    /// The windows of quotas are numbered from here, beyond categories and plans.
    private static let quotas: UInt32 = 192

    init(
        _ settings: RateLimitSettings, strict: (any StrictBuckets)?, dateSource: any DateSource, metrics: Metrics?,
        observer: (any RefusalObserver)?, overrides: RateLimitOverrides? = nil, standings: (any PlanStandings)? = nil,
        buckets: GeneralBuckets? = nil
    ) {
        self.overrides = overrides
        columns = standings.map { PlanColumns($0, dateSource) }
        self.settings = settings
        self.strict = strict
        self.dateSource = dateSource
        self.metrics = metrics
        self.observer = observer
        self.buckets = buckets ?? GeneralBuckets(shared: nil, nodes: settings.nodes, capacity: settings.capacity)
        slots = OrgSlots(of: settings.handlerSlots)
        var policies: [RouteCategory: AppliedPolicy] = [:]
        for (number, policy) in settings.policies.enumerated() {
            policies[policy.category] = AppliedPolicy(policy, number: UInt32(number + 16))
        }
        self.policies = policies
        var plans: [RouteCategory: AppliedPlan] = [:]
        for (number, policy) in settings.plans.enumerated() {
            plans[policy.category] = AppliedPlan(policy, number: UInt32(number + 128))
        }
        self.plans = plans
        func whole(_ name: String, _ rate: RateLimit, _ number: UInt32) -> AppliedPolicy {
            AppliedPolicy(CategoryPolicy(RouteCategory(name), rate), number: number)
        }
        self.whole = (
            whole("network", settings.guardLimit, 1), whole("api_key", settings.apiKeyLimit, 2), whole("session", settings.sessionLimit, 3),
            whole("org", settings.orgLimit, 4)
        )
    }

    func policy(of category: RouteCategory) -> AppliedPolicy? { policies[category] }

    /// The row of the plans' figures for a request; nobody's plan is known without standings.
    func plan(of request: Counted, in category: RouteCategory) -> AppliedPlan? {
        guard columns != nil, let policy = PlanPolicy.policy(of: request.method, request.route, in: category) else { return nil }
        return plans[policy.category]
    }

    /// Counts a request for its network before anybody looks at it, and beside it for a category (SEC-013).
    func admit(network: Caller, countingToo applied: AppliedPolicy?, _ request: Counted) async throws -> Admission {
        let now = dateSource.now
        let isAnonymous = applied.map { $0.policy.counting == .caller || $0.policy.counting == .org } ?? false
        let first = Demand(
            key: BucketKey(number: whole.network.number, caller: network),
            rate: figure(whole.network.rate, whole.network, network, now), policy: 0)
        guard let applied, !applied.policy.isStrict else {
            let taken = await buckets.take(first, at: now)
            let guarded = Admission(taken: taken, headers: whole.network.headers, caller: network)
            guard taken.isAdmitted else { throw await refuse(guarded, request, at: now) }
            guard let applied else { return guarded }
            return try await admitStrictly(network, applied, isAnonymous: isAnonymous, request, at: now)
        }
        let rate = figure(isAnonymous ? applied.anonymousRate : applied.rate, applied, network, now)
        let second = Demand(key: key(applied, network, request), rate: rate, policy: 1)
        let taken = await buckets.take([first, second, nil, nil], at: now)
        let headers =
            taken.tightest == 0 ? whole.network.headers : isAnonymous ? applied.anonymousHeaders : applied.headers
        let admission = Admission(taken: taken, headers: headers, caller: network)
        guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
        return admission
    }

    /// Counts a request for a caller whose credential is good: for its category, for the kind of credential, for its org, and for the person by the org's plan.
    func admit(
        _ caller: Caller, of person: Caller, actingFor org: Caller?, _ applied: AppliedPolicy, _ plan: AppliedPlan?, _ request: Counted
    ) async throws -> Admission {
        if applied.policy.isStrict { return try await admitStrictly(caller, applied, isAnonymous: false, request, at: dateSource.now) }
        let kind = caller.kind == .apiKey ? whole.apiKey : whole.session
        var planned: (rate: RateLimit, headers: LimitHeaders)?
        if let plan, plan.policy.counting == .person { planned = plan[await column(of: org)] }
        let now = dateSource.now
        let counted = applied.policy.counting == .org ? org ?? caller : caller
        let demands: InlineArray<4, Demand?> = [
            Demand(key: key(applied, counted, request), rate: figure(applied.rate, applied, counted, now), policy: 0),
            Demand(key: BucketKey(number: kind.number, caller: caller), rate: figure(kind.rate, kind, caller, now), policy: 1),
            org.map {
                Demand(key: BucketKey(number: whole.org.number, caller: $0), rate: figure(whole.org.rate, whole.org, $0, now), policy: 2)
            },
            plan.flatMap { plan in planned.map { demand(plan, $0.rate, person, now) } },
        ]
        let taken = await buckets.take(demands, at: now)
        let (headers, tightest) =
            switch taken.tightest {
            case 0: (applied.headers, counted)
            case 1: (kind.headers, caller)
            case 2: (whole.org.headers, org ?? caller)
            default: (planned?.headers ?? applied.headers, person)
            }
        let admission = Admission(taken: taken, headers: headers, caller: tightest, places: demands)
        guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
        return admission
    }

    /// Counts a request for a graph beside what it was admitted for already: refused, it has none of its places (SEC-004).
    ///
    /// - Returns: the tighter of the two.
    func admit(
        graph: Caller, _ column: PlanColumn, _ plan: AppliedPlan, after admission: Admission, _ request: Counted
    ) async throws -> Admission {
        let now = dateSource.now
        let planned = plan[column]
        let taken = await buckets.take(demand(plan, planned.rate, graph, now), at: now)
        let ofGraph = Admission(taken: taken, headers: planned.headers, caller: graph)
        guard taken.isAdmitted else {
            await buckets.giveBack(admission.places, at: now)
            throw await refuse(ofGraph, request, at: now)
        }
        return taken.remaining < admission.taken.remaining ? ofGraph : admission
    }

    /// Counts a request in every window of a quota, beside what it was admitted for already: refused, it has none of its places (SEC-004).
    ///
    /// - Returns: the tighter of the two.
    func admit(
        _ quota: CallQuota, of person: Caller, after admission: Admission, _ request: Counted
    ) async throws -> Admission {
        let (now, holder) = (dateSource.now, person.holding(quota))
        func demand(_ window: CallQuota.Window) -> Demand? {
            quota.limits[window].map {
                Demand(
                    key: BucketKey(number: Self.quotas + UInt32(window.rawValue), caller: holder),
                    rate: RateLimit($0, per: window.length), policy: window.rawValue)
            }
        }
        guard !quota.limits.isEmpty else { return admission }
        let taken = await buckets.take([demand(.minute), demand(.hour), demand(.day), nil], at: now)
        let window = CallQuota.Window(rawValue: taken.tightest) ?? .minute
        let headers = LimitHeaders(quota.category, RateLimit(taken.limit, per: window.length))
        guard taken.isAdmitted else {
            await buckets.giveBack(admission.places, at: now)
            var problem = await refuse(Admission(taken: taken, headers: headers, caller: person), request, at: now)
            problem.detail =
                "At most \(taken.limit) requests of the category \(quota.category.name) in any \(window): "
                + "try again in \(problem.headers["Retry-After"] ?? "1") s."
            throw problem
        }
        return taken.remaining < admission.taken.remaining ? Admission(taken: taken, headers: headers, caller: person) : admission
    }

    /// Takes one of the org's slots for as long as the request is answered (SEC-012).
    func enterSlot(of org: Caller, _ request: Counted) async throws {
        guard !slots.enter(org) else { return }
        let now = dateSource.now
        let full = Taken(isAdmitted: false, limit: slots.share, remaining: 0, resetsAt: now + .seconds(1))
        throw await refuse(Admission(taken: full, headers: whole.org.headers, caller: org), request, at: now)
    }

    /// Gives it back.
    func leaveSlot(of org: Caller) { slots.leave(org) }

    private func column(of org: Caller?) async -> PlanColumn {
        guard let org, let columns else { return .base }
        return await columns.column(of: org)
    }

    /// Counts a request for its network when nobody has vouched for it (SEC-002).
    func admitUnknown(network: Caller, _ applied: AppliedPolicy, _ request: Counted) async throws -> Admission {
        let now = dateSource.now
        if applied.policy.isStrict { return try await admitStrictly(network, applied, isAnonymous: true, request, at: now) }
        let rate = figure(applied.anonymousRate, applied, network, now)
        let taken = await buckets.take(Demand(key: key(applied, network, request), rate: rate, policy: 0), at: now)
        let admission = Admission(taken: taken, headers: applied.anonymousHeaders, caller: network)
        guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
        return admission
    }

    // MARK: Providers

    /// Whether a category is a provider's intake.
    func isIntake(_ category: RouteCategory?) -> Bool {
        guard let category, case .provider? = policies[category]?.policy.counting else { return false }
        return true
    }

    /// Takes a place under the ceiling of a provider's intake.
    func enterIntake(_ applied: AppliedPolicy) async -> Taken? {
        guard let demand = ceiling(applied) else { return nil }
        return await buckets.take(demand, at: dateSource.now)
    }

    /// What came was not the provider's: its place is given back, and its network counted.
    func failedIntake(network: Caller, _ applied: AppliedPolicy, _ request: Counted) async throws -> Admission {
        let now = dateSource.now
        if let demand = ceiling(applied) { await buckets.giveBack(demand, at: now) }
        let taken = await buckets.take(Demand(key: key(applied, network, request), rate: applied.rate, policy: 0), at: now)
        let admission = Admission(taken: taken, headers: applied.headers, caller: network)
        guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
        return admission
    }

    private func ceiling(_ applied: AppliedPolicy) -> Demand? {
        guard let ceiling = applied.ceiling else { return nil }
        let everybody = Caller(.provider, high: 0, low: 0)
        return Demand(key: BucketKey(number: applied.number | Self.ceilingMark, caller: everybody), rate: ceiling, policy: 0)
    }

    // MARK: Parts

    /// The figure of a policy, or the one that an operator gave the caller for a time.
    private func figure(_ rate: RateLimit, _ applied: AppliedPolicy, _ caller: Caller, _ now: Instant) -> RateLimit {
        overrides?.rate(rate, of: applied.policy.category.name, for: caller, at: now) ?? rate
    }

    private func demand(_ plan: AppliedPlan, _ rate: RateLimit, _ caller: Caller, _ now: Instant) -> Demand {
        let usual = overrides?.rate(rate, of: plan.policy.category.name, for: caller, at: now) ?? rate
        return Demand(key: BucketKey(number: plan.number, caller: caller), rate: usual, policy: 3)
    }

    private func key(_ applied: AppliedPolicy, _ caller: Caller, _ request: Counted) -> BucketKey {
        guard applied.policy.isPerRoute else { return BucketKey(number: applied.number, caller: caller) }
        let route = request.route.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return BucketKey(number: applied.number | (route << 8 & ~(Self.ceilingMark | Self.toldMark)), caller: caller)
    }

    private func admitStrictly(
        _ caller: Caller, _ applied: AppliedPolicy, isAnonymous: Bool, _ request: Counted, at now: Instant
    ) async throws -> Admission {
        let rate = figure(isAnonymous ? applied.anonymousRate : applied.rate, applied, caller, now)
        let headers = isAnonymous ? applied.anonymousHeaders : applied.headers
        guard let strict else {
            let taken = buckets.windows.take(Demand(key: key(applied, caller, request), rate: rate, policy: 0), at: now)
            let admission = Admission(taken: taken, headers: headers, caller: caller)
            guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
            return admission
        }
        let name = applied.policy.category.name
        let bucket = applied.policy.isPerRoute ? "\(name) \(request.route)" : name
        let taken: Taken
        do {
            taken = try await strict.take(bucket, caller, rate, at: now)
        } catch {
            throw StrictBucketsUnreachable(underlying: error)
        }
        let admission = Admission(taken: taken, headers: headers, caller: caller)
        guard taken.isAdmitted else { throw await refuse(admission, request, at: now) }
        return admission
    }

    private func refuse(_ admission: Admission, _ request: Counted, at now: Instant) async -> Problem {
        let category = admission.headers.category
        metrics?.counter(
            "trellis_rate_limited_total", help: "Requests refused because there were too many.", labels: [Label("category", category.name)]
        ).increment()
        if let observer, isFirst(admission, at: now) {
            await observer.refused(
                Refusal(category: category, caller: admission.caller, address: request.address, route: request.route))
        }
        return admission.headers.problem(admission.taken, at: now)
    }

    private func isFirst(_ admission: Admission, at now: Instant) -> Bool {
        let category = admission.headers.category
        let known = policies[category]?.number ?? plans[category]?.number
        let caller = known == nil ? admission.caller.holding(CallQuota(category, at: "", [:])) : admission.caller
        let key = BucketKey(number: (known ?? Self.quotas) | Self.toldMark, caller: caller)
        return buckets.windows.take(Demand(key: key, rate: RateLimit(1), policy: 0), at: now).isAdmitted
    }
}

/// The store of strict counts does not answer: there is no free try (SEC-006).
public struct StrictBucketsUnreachable: WrappingError, ProblemConvertible {
    /// What the store threw.
    public let underlying: (any Error)?

    /// 503, for a moment.
    public var problem: Problem {
        Problem(
            status: .serviceUnavailable, code: "DATABASE_ERROR", detail: "The attempt cannot be counted at this moment; try again.",
            headers: ["Retry-After": "1"])
    }
}

extension Caller {
    /// The person as holder of a quota: another one at each target, for each category.
    fileprivate func holding(_ quota: CallQuota) -> Caller {
        func folded(_ basis: UInt64) -> UInt64 {
            "\(quota.category.name) \(quota.target)".utf8.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        return Caller(kind, high: high ^ folded(0xcbf2_9ce4_8422_2325), low: low ^ folded(0x8422_2325_cbf2_9ce4))
    }
}
