public import Core
public import HTTPServer
public import Observability
internal import Synchronization

/// Limits how many requests callers may send, by the category of each route.
///
/// A request without credential is counted for its network before anything is done. One with a credential passes the coarse guard of its network, and is
/// counted as soon as the route knows who sent it (`Request.gate`); when the credential proves to be none, its network is counted after all, and an
/// answer beyond the limit becomes a refusal. Every limited answer shows how much is left (SEC-008).
public struct RateLimiting: Middleware {
    private let limiter: Limiter

    /// Makes the middleware; it stands before the routes and behind what only observes.
    ///
    /// - Parameters:
    ///   - strict: counts for all nodes what must outlive a process; without one it is counted in this process.
    ///   - observer: is told of refusals.
    ///   - overrides: other figures for single callers.
    ///   - buckets: counts what is not strict; without it this process does, with its part of the figures.
    ///   - standings: whose plan is which; without it the plans' figures are not applied.
    public init(
        _ settings: RateLimitSettings, strict: (any StrictBuckets)?, dateSource: any DateSource, metrics: Metrics? = nil,
        observer: (any RefusalObserver)? = nil, overrides: RateLimitOverrides? = nil, standings: (any PlanStandings)? = nil,
        buckets: GeneralBuckets? = nil
    ) {
        limiter = Limiter(
            settings, strict: strict, dateSource: dateSource, metrics: metrics, observer: observer, overrides: overrides,
            standings: standings, buckets: buckets)
    }

    /// Counts the request, hands it on, and shows in its answer what is left.
    public func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        guard limiter.settings.isEnabled else { return try await next(request) }
        let network = Caller(network: request.remoteAddress)
        if request.isOfCrowdedNetwork, !limiter.isIntake(request.category) { throw crowded }
        guard let category = request.category, let applied = limiter.policy(of: category) else {
            _ = try await limiter.admit(network: network, countingToo: nil, Counted(request))
            return try await next(request)
        }
        switch applied.policy.counting {
        case .nothing:
            return try await next(request)
        case .provider:
            return try await intake(request, network, applied, next: next)
        case .network:
            return try await answer(request, try await limiter.admit(network: network, countingToo: applied, Counted(request)), next: next)
        case .caller, .org:
            guard request.hasCredential else {
                return try await answer(
                    request, try await limiter.admit(network: network, countingToo: applied, Counted(request)), next: next)
            }
            _ = try await limiter.admit(network: network, countingToo: nil, Counted(request))
            return try await gated(request, network, applied, next: next)
        }
    }

    /// A network has more connections than one may have (SEC-013); each of them is closed after its answer.
    private var crowded: Problem {
        Problem(
            status: .tooManyRequests, code: "TOO_MANY_CONNECTIONS",
            detail: "At most \(limiter.settings.connectionsPerNetwork) connections of one network may be open at once.",
            headers: ["Retry-After": "1"])
    }

    /// A request that is admitted already: a second vote is not wanted.
    private func answer(
        _ request: Request, _ admission: Admission, next: @Sendable (Request) async throws -> Response
    ) async throws -> Response {
        do {
            var response = try await next(request)
            admission.headers.add(admission.taken, at: limiter.dateSource.now, to: &response.headers)
            return response
        } catch {
            throw shown(admission, in: error)
        }
    }

    private func gated(
        _ request: Request, _ network: Caller, _ applied: AppliedPolicy, next: @Sendable (Request) async throws -> Response
    ) async throws -> Response {
        let gate = Gate(limiter, applied, Counted(request))
        var request = request
        request.gate = gate
        defer { gate.leave() }
        let result: Result<Response, any Error>
        do { result = .success(try await next(request)) } catch { result = .failure(error) }
        let admission: Admission
        switch gate.verdict {
        case .admitted(let known): admission = known
        case .refused: return try result.get()
        case nil:
            do {
                admission = try await limiter.admitUnknown(network: network, applied, Counted(request))
            } catch let problem as Problem {
                // What was done for somebody unknown is told to nobody; what changed something is not made to look undone.
                if case .success(let response) = result, response.status.rawValue < 400, !request.isSafe { return response }
                throw problem
            }
        }
        switch result {
        case .success(var response):
            admission.headers.add(admission.taken, at: limiter.dateSource.now, to: &response.headers)
            return response
        case .failure(let error):
            throw shown(admission, in: error)
        }
    }

    /// Deliveries whose signature is good are bounded by the ceiling alone, never by where they come from (SEC-015).
    private func intake(
        _ request: Request, _ network: Caller, _ applied: AppliedPolicy, next: @Sendable (Request) async throws -> Response
    ) async throws -> Response {
        if let taken = await limiter.enterIntake(applied), !taken.isAdmitted {
            throw Problem(
                status: .serviceUnavailable, code: "INTAKE_FULL", detail: "Too many events at this moment; deliver again later.",
                headers: ["Retry-After": "1"])
        }
        let result: Result<Response, any Error>
        do { result = .success(try await next(request)) } catch { result = .failure(error) }
        let status =
            switch result {
            case .success(let response): response.status.rawValue
            case .failure(let error): (error as? Problem ?? (error as? any ProblemConvertible)?.problem)?.status.rawValue ?? 500
            }
        guard (400..<500).contains(status) else { return try result.get() }
        let admission = try await limiter.failedIntake(network: network, applied, Counted(request))
        return try await answer(request, admission) { _ in try result.get() }
    }

    /// A refusal of the routes shows what is left as an answer does; an error that nobody foresaw stays as it is, for the log.
    private func shown(_ admission: Admission, in error: any Error) -> any Error {
        guard var problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem, problem.status.rawValue < 500 else {
            return error
        }
        admission.headers.add(admission.taken, at: limiter.dateSource.now, to: &problem.headers)
        return problem
    }
}

/// Waits for the word of who calls.
private final class Gate: CallerGate {
    enum Verdict: Sendable {
        case admitted(Admission)
        case refused
    }

    private let limiter: Limiter
    private let applied: AppliedPolicy
    private let plan: AppliedPlan?
    private let request: Counted
    private let isGraphCounted = Mutex(false)
    private let org = Mutex<Caller?>(nil)
    private let state = Mutex<Verdict?>(nil)

    init(_ limiter: Limiter, _ applied: AppliedPolicy, _ request: Counted) {
        self.limiter = limiter
        self.applied = applied
        self.request = request
        plan = limiter.plan(of: request, in: applied.policy.category)
    }

    var verdict: Verdict? { state.withLock { $0 } }

    func admit(_ caller: Caller, of person: Caller, actingFor org: Caller?) async throws {
        if verdict != nil { return }
        try await decide {
            if let org {
                try await limiter.enterSlot(of: org, request)
                self.org.withLock { $0 = org }
            }
            return try await limiter.admit(caller, of: person, actingFor: org, applied, plan, request)
        }
    }

    /// The request is answered, or about to be streamed.
    func leave() {
        guard let org = org.withLock({ $0.take() }) else { return }
        limiter.leaveSlot(of: org)
    }

    var countsGraph: Bool { plan?.policy.counting == .graph }

    func admit(graph: Caller, tier: String) async throws {
        guard let plan, countsGraph, case .admitted(let admission)? = verdict else { return }
        let isFirst = isGraphCounted.withLock { isCounted in
            defer { isCounted = true }
            return !isCounted
        }
        guard isFirst else { return }
        try await decide {
            try await limiter.admit(graph: graph, PlanColumn(tier: tier), plan, after: admission, request)
        }
    }

    func admit(_ quota: CallQuota, of person: Caller) async throws {
        guard case .admitted(let admission)? = verdict else { return }
        try await decide { try await limiter.admit(quota, of: person, after: admission, request) }
    }

    private func decide(_ body: () async throws -> Admission) async throws {
        do {
            let admission = try await body()
            state.withLock { $0 = .admitted(admission) }
        } catch {
            state.withLock { $0 = .refused }
            throw error
        }
    }
}

extension Request {
    /// Whether the request brings something that may prove who sent it.
    fileprivate var hasCredential: Bool { headers["Authorization"] != nil || headers["X-API-Key"] != nil }

    /// Whether the request is one that only reads (RFC 9110 §9.2.1).
    fileprivate var isSafe: Bool { method == .get || method == .head || method == .options }
}
