internal import Core
internal import Cryptography

/// A request that was let in and waits to be executed.
struct AdmittedRequest: Sendable {
    let request: APIRequest
    let key: String
    let requestID: String
    let version: String
    let operation: Operation
    let path: [String: String]
    let parameters: FormBranch
    let expansions: [String]
    let fault: FaultRule?
}

/// What becomes of a request before it is executed.
enum Admission: Sendable {
    case answered(APIAnswer)
    case admitted(AdmittedRequest)
}

extension StripeSimulator {
    /// Checks a request: key, version, address, faults, form, idempotency key.
    func admit(_ request: APIRequest) -> Admission {
        let requestID = withWorld { $0.requestIDs.id("req", length: 14) }
        do {
            let key = try request.secretKey()
            if let failure = withWorld({ $0.journalFailure }) { throw StripeError(status: 500, kind: .api, message: failure) }
            let version = try StripeVersion.accept(request.version)
            try limitRate(of: key)
            let fault = withWorld { $0.faults.take(request.method, request.path) }
            guard
                case .operation(let operation, let path) = OperationTable.shared.match(
                    request.method, request.path.split(separator: "/").map(String.init))
            else {
                throw StripeError.unrecognized(request.method, request.path)
            }
            if let fault, fault.kind == .error { throw fault.error }
            let (parameters, expansions) = try split(request.parameters())
            let admitted = AdmittedRequest(
                request: request, key: key, requestID: requestID, version: version, operation: operation, path: path,
                parameters: parameters, expansions: expansions, fault: fault)
            if let replay = try admitKey(of: admitted) {
                note(admitted, status: replay.status, isReplay: true)
                return .answered(replay)
            }
            return .admitted(admitted)
        } catch {
            let answer = refusal(error, requestID, request.version)
            record(request, requestID, status: answer.status)
            return .answered(answer)
        }
    }

    /// Executes an admitted request, keeps its answer for its key, and tells what happened.
    func execute(_ admitted: AdmittedRequest) -> APIAnswer {
        defer { changes.notify() }
        // What is done and the answer that is kept for its key are one moment: whatever comes between finds both or neither.
        let answer = withWorld { perform(admitted, &$0) }
        note(admitted, status: answer.status, isReplay: false)
        return answer
    }

    private func perform(_ admitted: AdmittedRequest, _ world: inout World) -> APIAnswer {
        let request = admitted.request
        var status = 200
        var isStored = true
        var headers: [String: String] = [:]
        var body: JSONValue
        do {
            body = try inAccount(
                admitted.key, &world, requestID: admitted.requestID, idempotencyKey: request.idempotencyKey
            ) { account -> JSONValue in
                let call = Call(path: admitted.path, parameters: Parameters(admitted.parameters))
                let value = try admitted.operation.body(&account, call)
                return try account.expanding(value, admitted.expansions)
            }
            if let fault = admitted.fault, fault.kind == .errorAfter { throw fault.error }
        } catch {
            let refusal = error as? StripeError ?? StripeError(status: 500, kind: .api, message: "An unknown error occurred.")
            (status, body, headers) = (refusal.status, refusal.body(requestID: admitted.requestID), refusal.headers)
            // An answer is kept once execution began, also a 500; not that of a call that was wrong in itself (STR-145).
            isStored = refusal.isStored || refusal.status >= 500
        }
        let bytes = (try? JSON.encode(body)) ?? []
        var answer = APIAnswer(status: status, requestID: admitted.requestID, body: bytes, version: admitted.version, headers: headers)
        if request.method == "POST", let key = request.idempotencyKey {
            answer.idempotencyKey = key
            answer.originalRequest = admitted.requestID
            let kept = isStored ? IdempotencyMemory.Answer(status: status, body: bytes, requestID: admitted.requestID) : nil
            world.idempotency[admitted.key]?.finish(key, kept)
        }
        return answer
    }

    /// Forgets a request that will not be executed.
    func abandon(_ admitted: AdmittedRequest) {
        if let key = admitted.request.idempotencyKey { withWorld { $0.idempotency[admitted.key]?.finish(key, nil) } }
        note(admitted, status: 0, isReplay: false)
    }

    /// The names to expand are not parameters of an operation.
    private func split(_ all: FormBranch) throws -> (FormBranch, [String]) {
        guard all["expand"] != nil else { return (all, []) }
        let expansions = try Parameters(all).strings("expand") ?? []
        return (all.removing("expand"), expansions)
    }

    private func admitKey(of admitted: AdmittedRequest) throws -> APIAnswer? {
        let request = admitted.request
        guard request.method == "POST", let key = request.idempotencyKey else { return nil }
        let fingerprint = SHA256.digest(of: Array("\(request.path)\n\(request.rawQuery)\n".utf8) + request.body)
        let now = clock.now.secondsSinceEpoch
        let admission = try withWorld { world in
            let memory = world.accounts[admitted.key]?.settings.idempotencyMemory ?? AccountSettings().idempotencyMemory
            return try world.idempotency[admitted.key, default: IdempotencyMemory()].admit(key, fingerprint, at: now, memory: memory)
        }
        guard case .replay(let answer) = admission else { return nil }
        return APIAnswer(
            status: answer.status, requestID: admitted.requestID, body: answer.body, version: admitted.version, idempotencyKey: key,
            originalRequest: answer.requestID)
    }

    private func refusal(_ error: any Error, _ requestID: String, _ version: String?) -> APIAnswer {
        let refusal = error as? StripeError ?? StripeError(status: 500, kind: .api, message: "An unknown error occurred.")
        let body = (try? JSON.encode(refusal.body(requestID: requestID))) ?? []
        return APIAnswer(
            status: refusal.status, requestID: requestID, body: body, version: version ?? StripeVersion.pinned, headers: refusal.headers)
    }

    private func note(_ admitted: AdmittedRequest, status: Int, isReplay: Bool) {
        record(
            admitted.request, admitted.requestID, status: status, isReplay: isReplay, account: admitted.key,
            fault: admitted.fault?.kind.rawValue)
    }

    private func record(
        _ request: APIRequest, _ requestID: String, status: Int, isReplay: Bool = false, account: String = "", fault: String? = nil
    ) {
        let entry = Transcript.Entry(
            time: clock.now, account: account, requestID: requestID, method: request.method, path: request.path, query: request.rawQuery,
            body: String(decoding: request.body, as: UTF8.self), idempotencyKey: request.idempotencyKey, version: request.version,
            userAgent: request.userAgent, status: status, isReplay: isReplay, fault: fault)
        withWorld { $0.transcript.add(entry) }
    }
}

extension FormBranch {
    /// The same values without one of them.
    func removing(_ name: String) -> FormBranch {
        var rest = FormBranch()
        for other in names where other != name {
            if let value = self[other] { rest.put(value, other) }
        }
        return rest
    }
}
