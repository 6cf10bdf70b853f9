internal import Core
internal import Observability
internal import Orgs

/// Own invoices and the ledgers of a deployment, put together.
public struct MoneyServices<Store: BillingStore>: Sendable {
    /// What orgs are owed.
    public let credits: AccountCreditService<Store>
    /// What operators do with own invoices.
    public let invoices: InvoiceService<Store>
    /// What owners and admins see of one invoice.
    public let invoiceReader: InvoiceReader<Store>
    /// AI credits.
    public let pools: CreditService<Store>
    /// For the worker.
    public let handlers: MoneyJobHandlers<Store>

    init(
        store: Store, provider: any PaymentProvider, writer: SubscriptionWriter<Store.Transaction>, authorizer: any OrgAuthorizer,
        dateSource: any DateSource, log: Log
    ) {
        credits = AccountCreditService(store: store, writer: writer.money.credits, authorizer: authorizer, dateSource: dateSource)
        invoices = InvoiceService(store: store, writer: writer, dateSource: dateSource)
        pools = CreditService(store: store, writer: writer.money.pools, authorizer: authorizer, dateSource: dateSource)
        invoiceReader = InvoiceReader(store: store, authorizer: authorizer)
        handlers = MoneyJobHandlers(
            renewNetTerms: RenewNetTermsHandler(store: store, writer: writer),
            watchInvoice: WatchInvoiceHandler(store: store, writer: writer),
            expireAccountCredit: ExpireAccountCreditHandler(store: store, writer: writer.money.credits),
            refillCreditPools: RefillCreditPoolsHandler(store: store, writer: writer.money.pools),
            carryAccountCredits: CarryAccountCreditsHandler(store: store, provider: provider, mover: writer.money.mover, log: log),
            withdrawAccountCredit: WithdrawAccountCreditHandler(store: store, mover: writer.money.mover))
    }
}

/// The handlers of the jobs of invoices and ledgers, to be registered with the worker.
public struct MoneyJobHandlers<Store: BillingStore>: Sendable {
    /// Bills the next period.
    public let renewNetTerms: RenewNetTermsHandler<Store>
    /// Looks at open invoices.
    public let watchInvoice: WatchInvoiceHandler<Store>
    /// Forfeits credits whose time has come.
    public let expireAccountCredit: ExpireAccountCreditHandler<Store>
    /// Brings pools into the next month.
    public let refillCreditPools: RefillCreditPoolsHandler<Store>
    /// Brings credits to where bills are paid from.
    public let carryAccountCredits: CarryAccountCreditsHandler<Store>
    /// Ends credits that were withdrawn.
    public let withdrawAccountCredit: WithdrawAccountCreditHandler<Store>
}
