internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

extension Principal {
    /// Does what a member asks for; a refusal of what would give a role above the own one is an attempt at more than that (AUD-126).
    ///
    /// - Parameter wanted: the role that is asked for, where one is; asked only of what is refused.
    func asking<Value>(for wanted: () -> OrgRole?, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            guard let own = orgScope?.role, let wanted = wanted(), wanted > own,
                let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem,
                ["ADMIN_REQUIRED", "OWNER_REQUIRED", "OWNER_ROLE_PROTECTED", "OWN_ROLE"].contains(problem.code)
            else { throw error }
            throw RefusedEscalation(error, wanted: wanted.rawValue)
        }
    }
}
