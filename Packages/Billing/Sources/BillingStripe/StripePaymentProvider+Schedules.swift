internal import Billing
internal import Core

extension StripePaymentProvider {
    /// Frees a subscription of the schedule that refuses its end, and sends the same request again (STR-030, STR-E69).
    ///
    /// The refusal is what the provider remembers of the intent's key, so the request goes out under a key of its own. Any other refusal leaves
    /// the schedule alone: what is refused for another reason must not undo what the schedule was made for.
    ///
    /// - Returns: what the second request gave; `nil` when it was not a schedule that was in its way.
    func exchange(
        _ request: ProviderRequest, freeing intent: ProviderIntent, after refusal: ProviderRefusal, budget: CallBudget,
        noting exchanges: inout [ProviderExchange]
    ) async -> StripeVerdict? {
        guard refusal.code == ProviderRefusal.ownedBySchedule, let subscription = intent.command.scheduledSubscription else { return nil }
        let wasReplayed = exchanges.last?.isReplay == true
        do throws(ProviderFailure) {
            let path = "/v1/subscriptions/\(StripeRequests.part(subscription))"
            let found = try await read(path, budget: budget) { (object) throws(StripeShapeError) in object.optionalID("schedule") }
            if case .found(let schedule?) = found {
                let release = ProviderRequest(
                    method: "POST", path: "/v1/subscription_schedules/\(StripeRequests.part(schedule))/release", body: "")
                let key = IdempotencyKey("\(intent.key)-release")
                switch StripeVerdict(await client.send(release, key: key, budget: budget, noting: &exchanges)) {
                // A schedule that is over by now is as free as one that was released.
                case .succeeded, .refused: break
                case .retryLater(let failure), .unknown(let failure): return .unknown(failure)
                }
            } else if !wasReplayed {
                return nil
            }
            let key = request.method == "POST" ? IdempotencyKey("\(intent.key)-released") : nil
            return StripeVerdict(await client.send(request, key: key, budget: budget, noting: &exchanges))
        } catch {
            return .unknown(error)
        }
    }
}

extension ProviderCommand {
    /// The subscription whose end it changes, which a schedule may have in its hands.
    fileprivate var scheduledSubscription: ProviderID? {
        switch self {
        case .cancelNow(let id), .cancelAtPeriodEnd(let id), .takeBackEnd(let id): id
        default: nil
        }
    }
}
