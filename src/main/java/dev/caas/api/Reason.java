package dev.caas.api;

/** The reasons of conditions and Events. The names are API: people and tools match on them. */
public enum Reason {
    // Certificates.
    Issued,
    /** Of Events: a Secret that was there before is ours now. */
    Adopted,
    /** Of Events: the CA offers no chain that leads to the preferred root. */
    ChainNotOffered,
    Pending,
    Issuing,
    WaitingForCA,
    RateLimited,
    ChallengeFailed,
    /** A certificate of another account is being issued for the same host. */
    HostBusy,
    NotSubscribed,
    NamespaceNotAllowed,
    PolicyDenied,
    SubscriptionExpired,
    Suspended,
    AmbiguousAccount,
    AccountNotReady,
    SecretConflict,
    InvalidSpec,
    CAPaused,
    /** The certificate was revoked as asked, and none is to take its place. */
    Revoked,
    /** The CA or the network failed in a way that is worth another try soon. */
    Failed,

    // Accounts.
    Registered,
    SecretNotFound,
    SecretKeyMissing,
    BindingUnknown,
    BindingRejected,
    ServerUnreachable,
    UntrustedServer,
    AddressNotAllowed,
    TermsChanged,
    Conflict,
    /** The ACME account was given up. */
    Deactivated,
    /** Of Events: the CA took a new account key. */
    KeyRolled,
    /** Of Events: the CA was told the contacts. */
    ContactsUpdated,

    // Subscriptions.
    Subscribed,
    /** A limit of a subscription is reached until its next period. */
    LimitReached,
    /** The domain was removed at the platform by somebody else. */
    Removed,
    /** Of Events and conditions: the term ends soon. */
    TermEnding,
    /** Of Events: the term is longer now. */
    TermExtended,
    /** Of Events: the organisation behind the domain has to be validated again soon, or by now. */
    ValidationEnding,
    /** Of Events: the domain has another organisation's validation, as declared. */
    ValidationMoved,

    // Platforms.
    Synced,
    Unauthorized,
    /** The provider cannot do what is declared. */
    Unsupported,
    /** Something costs money that nobody has agreed to yet. */
    AwaitingApproval,
    PaymentRefused,
    /** The platform sold something and does not list it. */
    NotListed,
    /** The platform said no, for another reason than money. */
    PlatformRefused,
    PlatformUnreachable,
    /** Of Events: a binding was obtained from the platform. */
    PreRegistered,
    /** Of Events: a binding was made at the platform that nobody here knows the key of. */
    SpareBinding
}
