internal import Billing
internal import Core
internal import HTTPClient

/// The error object of an answer, as far as it can be read; HTML and empty bodies have none (STR-E37).
struct StripeErrorBody: Sendable, Hashable {
    let type: String?
    let code: String?
    let declineCode: String?
    let message: String?

    init(_ body: [UInt8]) {
        let error = (try? StripeObject(body: body))?.optionalObject("error")
        type = error?.optionalString("type")
        code = error?.optionalString("code")
        declineCode = error?.optionalString("decline_code")
        message = error?.optionalString("message")
    }

    /// Whether a schedule, and nothing else, is why the end of a subscription may not be touched.
    ///
    /// Stripe has no code for it: "The subscription is managed by the subscription schedule `sub_sched_…`, and updating any cancelation behavior
    /// directly is not allowed. Please update the schedule instead."
    var namesOwningSchedule: Bool {
        type == "invalid_request_error" && code == nil && message?.contains("managed by the subscription schedule") == true
    }
}

extension ProviderRefusal {
    /// The code under which the refusal of a subscription that a schedule owns is kept.
    static var ownedBySchedule: String { "owned_by_schedule" }
}

/// What one answer means, by the table of stripe.md section 3.
enum StripeVerdict: Sendable, Hashable {
    case succeeded(StripeSuccess)
    case refused(ProviderRefusal)
    case retryLater(ProviderFailure)
    case unknown(ProviderFailure)

    init(_ answer: StripeAnswer) {
        switch answer {
        case .failed(let error): self = Self.verdict(on: error)
        case .held(let pause): self = .retryLater(ProviderFailure(kind: .unreachable, retryAfter: pause, detail: "the circuit is open"))
        case .rationed(let pause):
            self = .retryLater(ProviderFailure(kind: .busy, retryAfter: pause, detail: "the calls of this second are used up"))
        case .answered(let response): self = Self.verdict(on: response)
        }
    }

    private static func verdict(on error: TransportError) -> StripeVerdict {
        switch (error.kind, error.progress) {
        case (.certificate, _): .refused(ProviderRefusal(kind: .untrusted, code: "tls"))
        case (.invalidRequest, _): .refused(ProviderRefusal(kind: .badRequest, code: "invalid_request"))
        case (_, .nothingSent): .retryLater(ProviderFailure(kind: .unreachable, detail: error.description))
        case (.timeout, .maybeSent): .unknown(ProviderFailure(kind: .timeout, detail: error.description))
        case (.malformedResponse, .maybeSent), (.limit, .maybeSent):
            .unknown(ProviderFailure(kind: .unreadable, detail: error.description))
        case (_, .maybeSent): .unknown(ProviderFailure(kind: .timeout, detail: error.description))
        }
    }

    private static func verdict(on response: ClientResponse) -> StripeVerdict {
        let error = StripeErrorBody(response.body)
        let code = error.code ?? error.type ?? "http_\(response.status)"
        switch response.status {
        case 200...299:
            guard let object = try? StripeObject(body: response.body) else {
                return .unknown(ProviderFailure(kind: .unreadable, detail: "status \(response.status) without an object"))
            }
            return .succeeded(StripeSuccess(object: object))
        case 400 where error.type == "idempotency_error": return .refused(ProviderRefusal(kind: .keyReuse, code: code))
        case 402: return .refused(decline(error, code: code))
        case 404: return .refused(ProviderRefusal(kind: .missing, code: code))
        case 400 where error.code == "resource_missing": return .refused(ProviderRefusal(kind: .missing, code: code))
        case 401, 403: return .retryLater(ProviderFailure(kind: .unauthorized, detail: "status \(response.status)"))
        case 409: return .unknown(ProviderFailure(kind: .conflict, detail: code))
        case 429:
            return .retryLater(ProviderFailure(kind: .busy, retryAfter: StripeAnswer.retryAfter(response), detail: code))
        case 500...: return .unknown(ProviderFailure(kind: .serverError, detail: "status \(response.status)"))
        case 400 where error.namesOwningSchedule:
            return .refused(ProviderRefusal(kind: .badRequest, code: ProviderRefusal.ownedBySchedule))
        default: return .refused(ProviderRefusal(kind: .badRequest, code: code))
        }
    }

    private static func decline(_ error: StripeErrorBody, code: String) -> ProviderRefusal {
        let needsAction = [
            "authentication_required", "subscription_payment_intent_requires_action", "invoice_payment_intent_requires_action",
        ]
        if needsAction.contains(code) || error.declineCode == "authentication_required" {
            return ProviderRefusal(kind: .actionRequired, code: code)
        }
        // Only a card error's own message may reach a customer (STR-029).
        let message = error.type == "card_error" ? error.message : nil
        return ProviderRefusal(kind: .declined, code: error.declineCode ?? code, customerMessage: message)
    }
}

/// A well-formed answer.
struct StripeSuccess: Sendable, Hashable {
    let object: StripeObject

    static func == (left: StripeSuccess, right: StripeSuccess) -> Bool {
        left.object.optionalString("id") == right.object.optionalString("id")
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(object.optionalString("id"))
    }
}
