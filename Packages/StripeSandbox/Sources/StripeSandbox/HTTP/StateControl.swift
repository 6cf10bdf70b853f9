internal import Core
internal import HTTPServer

/// Saves an account as a document, and puts one back (STR-171).
struct StateControl: Sendable {
    static let path = "/_sandbox/state/saved"
    /// The size of a document with some hundred thousand objects, in bytes.
    static let limit = 1 << 30

    let simulator: StripeSimulator
    let defaultKey: String

    func save(_ request: Request) throws -> Response {
        guard let saved = try simulator.save(key(request)) else { throw Problem.notFound }
        return try .json(saved)
    }

    func restore(_ request: Request) throws -> Response {
        let saved = try request.decode(SavedAccount.self)
        guard saved.format == SavedAccount.format else {
            throw Problem.invalidField("format", message: "must be \(SavedAccount.format)")
        }
        let now = simulator.clock.now
        guard saved.now <= now else {
            throw Problem.invalidField("now", message: "lies after the clock's present time, \(now); move the clock there first")
        }
        if let unknown = Set(saved.account.objects.keys).subtracting(Account.tables.map(\.kind)).min() {
            throw Problem.invalidField("account.objects.\(unknown)", message: "is no kind of object")
        }
        do {
            try simulator.restore(saved, as: key(request))
        } catch let failure as JSONDecodingFailure {
            throw Problem.invalidField("account.objects", message: "holds an object that is not of its kind: \(failure.reason)")
        }
        return Response(status: .noContent)
    }

    private func key(_ request: Request) -> String {
        request.query["account"] ?? defaultKey
    }
}
