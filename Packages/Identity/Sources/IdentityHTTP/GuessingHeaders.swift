internal import Core
public import HTTPServer
public import Identity

extension IdentityServices {
    /// A handler of a way in: its answers, refusals too, say how the caller's network stands (ID-040).
    func protected(_ handler: @escaping Router.Handler) -> Router.Handler {
        guard let guessing else { return handler }
        let dateSource = dateSource
        return { request in
            let network = request.clientContext.network
            do {
                var response = try await handler(request)
                try await guessing.threat(from: network).add(to: &response.headers, at: dateSource.now)
                return response
            } catch let error as ProtectionUnavailable {
                throw error
            } catch {
                guard var problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem, problem.status.rawValue < 500 else {
                    throw error
                }
                try await guessing.threat(from: network).add(to: &problem.headers, at: dateSource.now)
                throw problem
            }
        }
    }
}

extension NetworkThreat {
    /// SEC-021.
    fileprivate func add(to headers: inout Headers, at now: Instant) {
        headers.add("X-Auth-Threat-Level", level.rawValue)
        headers.add("X-Auth-Blocked", blockedUntil == nil ? "false" : "true")
        if let blockedUntil { headers.add("X-Auth-Block-Expires", blockedUntil.description) }
        headers.add("X-Auth-Delay", String(delay))
    }
}

extension ProtectionUnavailable: ProblemConvertible {
    /// 503: without a count there is no attempt (ID-049).
    public var problem: Problem {
        Problem(
            status: .serviceUnavailable, code: "DATABASE_ERROR", detail: "The attempt cannot be counted at this moment; try again.",
            headers: ["Retry-After": "1"])
    }
}
