using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Waybill.Providers;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>Registers the engine with an application's services.</summary>
public static class EngineServices
{
    /// <summary>
    /// Registers <see cref="EngineContext"/>, <see cref="ProtectRunner"/> and <see cref="RestoreRunner"/>, one of each, made of what else is registered when
    /// one of them is first asked for: one <see cref="IBundleStore"/>, every <see cref="IVolumeProvider"/> and <see cref="IQuiescer"/> under its own name, and a
    /// <see cref="TimeProvider"/> if there is one. What is registered by the time of the call stays.
    /// </summary>
    /// <remarks>
    /// Asking for one of them throws <see cref="WaybillException"/> with <see cref="WaybillErrorCode.ConfigurationInvalid"/> if two platforms or two quiescers have
    /// one name, and <see cref="InvalidOperationException"/> if there is no store.
    /// </remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="stateDirectory">Where the engine keeps its records, as <see cref="EngineContext.StateDirectory"/> describes.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddWaybill(this IServiceCollection services, string stateDirectory)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(stateDirectory);
        services.TryAddSingleton(all => CreateContext(all, stateDirectory));
        services.TryAddSingleton(all => new ProtectRunner(all.GetRequiredService<EngineContext>()));
        services.TryAddSingleton(all => new RestoreRunner(all.GetRequiredService<EngineContext>()));
        return services;
    }

    private static EngineContext CreateContext(IServiceProvider services, string stateDirectory) =>
        new(services.GetRequiredService<IBundleStore>(), stateDirectory)
        {
            Providers = ByName(services.GetServices<IVolumeProvider>(), provider => provider.Name, "providers"),
            Quiescers = ByName(services.GetServices<IQuiescer>(), quiescer => quiescer.Name, "quiescers"),
            TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System,
        };

    private static ImmutableDictionary<string, T> ByName<T>(IEnumerable<T> items, Func<T, string> nameOf, string what)
    {
        ImmutableDictionary<string, T>.Builder named = ImmutableDictionary.CreateBuilder<string, T>();
        foreach (T item in items)
        {
            if (!named.TryAdd(nameOf(item), item))
            {
                throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"Two {what} are registered as '{nameOf(item)}'")
                {
                    ObjectName = nameOf(item),
                    Hint = "Applications name them, so each needs a name of its own.",
                };
            }
        }

        return named.ToImmutable();
    }
}
