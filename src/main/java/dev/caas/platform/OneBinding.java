package dev.caas.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A platform as an account may use it: under the binding that was shown to be its own. Whatever else whoever asks may
 * believe to be the account's binding meanwhile, of any other nothing is told and to any other nothing is done.
 */
final class OneBinding implements PartnerApi {
    private final PartnerApi api;
    private final String own;

    /** @param own its key identifier */
    OneBinding(PartnerApi api, String own) {
        this.api = api;
        this.own = own;
    }

    @Override
    public Set<Capability> capabilities() {
        return api.capabilities();
    }

    @Override
    public List<PartnerViews.Server> servers() throws PlatformFailure {
        return api.servers();
    }

    @Override
    public NewBinding preRegister(String server, String name, int years) throws PlatformFailure {
        throw refused("there is a binding already");
    }

    @Override
    public List<PartnerViews.Binding> bindings() throws PlatformFailure {
        throw refused("other bindings are nothing to this account");
    }

    @Override
    public List<PartnerViews.Account> accounts(Optional<String> keyId) throws PlatformFailure {
        return api.accounts(Optional.of(own(keyId.orElse(""))));
    }

    @Override
    public List<PartnerViews.Domain> domains(String keyId) throws PlatformFailure {
        return api.domains(own(keyId));
    }

    @Override
    public PartnerViews.Cost quote(Purchase purchase) throws PlatformFailure {
        own(purchase.keyId());
        return api.quote(purchase);
    }

    @Override
    public PartnerViews.Receipt buy(Purchase purchase, Instant notAfter) throws PlatformFailure {
        own(purchase.keyId());
        return api.buy(purchase, notAfter);
    }

    @Override
    public boolean isFree() {
        return api.isFree();
    }

    @Override
    public Optional<Duration> refundsWithin() {
        return api.refundsWithin();
    }

    @Override
    public void remove(String keyId, String domain) throws PlatformFailure {
        api.remove(own(keyId), domain);
    }

    @Override
    public int moveAnchor(String keyId, String from, String to) throws PlatformFailure {
        return api.moveAnchor(own(keyId), from, to);
    }

    /** One account is named by an id out of {@link #accounts}. */
    @Override
    public int act(Act act, Scope scope) throws PlatformFailure {
        return switch (scope) {
            case Scope.Binding binding -> api.act(act, new Scope.Binding(own(binding.keyId())));
            case Scope.OneAccount account -> api.act(act, account);
            case Scope.Reseller _ -> throw refused("the whole reseller is not this account's");
        };
    }

    @Override
    public List<PartnerViews.Order> lastOrders(String keyId) throws PlatformFailure {
        return api.lastOrders(own(keyId));
    }

    private String own(String keyId) throws PlatformFailure {
        if (!own.equals(keyId)) {
            throw refused("key id '" + keyId + "' is not the one that was shown to be this account's; it is looked at"
                    + " again");
        }
        return own;
    }

    private static PlatformFailure refused(String why) {
        return new PlatformFailure(PlatformFailure.Kind.REFUSED, why);
    }
}
