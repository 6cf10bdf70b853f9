internal import Audit
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import Operations

extension GraphMutationManaging {
    /// Answers a call that is to change a graph: whoever does the work tells of it in the work's own transaction, and this when it is refused.
    func carryingOut<Value>(
        named name: GraphCallName? = nil, _ request: Request, on id: GraphID, as caller: GraphCaller, _ work: () async throws -> Value
    ) async throws -> Value {
        let call = call(of: request)
        do {
            return try await MutatingCall.$current.withValue(call, operation: work)
        } catch let answer as StoredAnswer {
            // The first call was told of when it was made.
            throw answer
        } catch {
            let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem
            let name = name?.rawValue ?? (request.route ?? "").split(separator: "/").last.map(String.init) ?? ""
            try await note(name, call, on: id, refusedFor: problem?.code ?? "INTERNAL_ERROR", as: caller)
            throw error
        }
    }

    /// The call that a request makes. A body that is no JSON is refused by whoever reads it.
    func call(of request: Request) -> MutatingCall {
        call(with: request.body.isEmpty ? .object([:]) : (try? JSON.decode(JSONValue.self, from: request.body)) ?? .null)
    }
}
