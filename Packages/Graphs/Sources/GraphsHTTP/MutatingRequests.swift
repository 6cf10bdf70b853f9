internal import Audit
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import Operations

extension GraphMutationManaging {
    /// Answers a call that is to change a graph and leaves an operation behind: the operation tells of it when it is done, and this when it is refused.
    func carryingOut<Value>(
        _ request: Request, on id: GraphID, as caller: GraphCaller, _ work: () async throws -> Value
    ) async throws -> Value {
        let name = (request.route ?? "").split(separator: "/").last.map(String.init) ?? ""
        return try await noting(name, request, id, caller, objects: nil, work)
    }

    /// Answers a call that is to change a graph and leaves no operation behind.
    func carryingOut<Value>(
        _ name: String, _ request: Request, on id: GraphID, as caller: GraphCaller, touching objects: @escaping (Value) -> [String],
        _ work: () async throws -> Value
    ) async throws -> Value {
        try await noting(name, request, id, caller, objects: objects, work)
    }

    /// The call that a request makes. A body that is no JSON is refused by whoever reads it.
    func call(of request: Request) -> MutatingCall {
        call(with: request.body.isEmpty ? .object([:]) : (try? JSON.decode(JSONValue.self, from: request.body)) ?? .null)
    }

    private func noting<Value>(
        _ name: String, _ request: Request, _ id: GraphID, _ caller: GraphCaller, objects: ((Value) -> [String])?,
        _ work: () async throws -> Value
    ) async throws -> Value {
        let call = call(of: request)
        let value: Value
        do {
            value = try await MutatingCall.$current.withValue(call, operation: work)
        } catch let answer as StoredAnswer {
            // The first call was told of when it was made.
            throw answer
        } catch {
            let problem = error as? Problem ?? (error as? any ProblemConvertible)?.problem
            try await note(name, call, of: id, objects: [], errorCode: problem?.code ?? "INTERNAL_ERROR", as: caller)
            throw error
        }
        if let objects { try await note(name, call, of: id, objects: objects(value), errorCode: nil, as: caller) }
        return value
    }
}
