using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;
using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>Asks for points when they are due.</summary>
public sealed partial class PolicyReconciler(CustomObjects<ProtectionPolicy> policies, CustomObjects<RecoveryPoint> points, TimeProvider time)
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);

    /// <summary>Makes the point that is due, if one is. The same moment always makes the same point, however often this is called.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="existing">The points of all policies.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>When it is to be looked at again; <see langword="null"/> if not before it changes.</returns>
    public async Task<DateTime?> ReconcileAsync(ProtectionPolicy policy, IReadOnlyList<RecoveryPoint> existing, CancellationToken cancellationToken)
    {
        if (policy.Metadata.DeletionTimestamp is not null)
        {
            return null;
        }

        if (ReadSpan(policy.Spec.Every) is not { } every || every < s_shortest)
        {
            await TellAsync(policy, policy.Status?.LastPoint, null, false, "InvalidInterval", $"'{policy.Spec.Every}' is no interval of a minute or more, such as 6h or 1d", cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (policy.Spec.Paused)
        {
            await TellAsync(policy, policy.Status?.LastPoint, null, false, "Paused", "No points are made", cancellationToken).ConfigureAwait(false);
            return null;
        }

        // Slots are counted from the epoch, so that a controller that was away for long makes one point and not all it missed.
        DateTimeOffset now = time.GetUtcNow();
        long slot = now.ToUnixTimeSeconds() / (long)every.TotalSeconds;
        string name = string.Create(CultureInfo.InvariantCulture, $"{policy.Metadata.Name}-{DateTimeOffset.FromUnixTimeSeconds(slot * (long)every.TotalSeconds):yyyyMMdd-HHmm}");
        bool isBusy = existing.Any(point => point.Metadata.NamespaceProperty == policy.Metadata.NamespaceProperty
            && point.Metadata.Labels?.TryGetValue(ApiGroup.PolicyLabel, out string? of) == true && of == policy.Metadata.Name && point.Status?.Finished is null);
        string? last = policy.Status?.LastPoint;
        if (!isBusy && last != name)
        {
            await points.TryCreateAsync(
                new RecoveryPoint
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = name, NamespaceProperty = policy.Metadata.NamespaceProperty, Labels = new Dictionary<string, string> { [ApiGroup.PolicyLabel] = policy.Metadata.Name },
                    },
                    Spec = new RecoveryPointSpec { Application = policy.Spec.Application },
                },
                cancellationToken).ConfigureAwait(false);
            last = name;
        }

        DateTime next = DateTimeOffset.FromUnixTimeSeconds((slot + 1) * (long)every.TotalSeconds).UtcDateTime;
        await TellAsync(policy, last, next, true, "Scheduled", $"The next point is made at {next:u}", cancellationToken).ConfigureAwait(false);
        return next;
    }

    /// <summary>Reads a span such as <c>90m</c>, <c>6h</c> or <c>1d</c>.</summary>
    internal static TimeSpan? ReadSpan(string text)
    {
        Match match = Span().Match(text);
        if (!match.Success || !long.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out long number) || number > 10_000_000)
        {
            return null;
        }

        return match.Groups["unit"].ValueSpan switch
        {
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => TimeSpan.FromDays(number),
        };
    }

    private Task TellAsync(ProtectionPolicy policy, string? last, DateTime? next, bool isReady, string reason, string message, CancellationToken cancellationToken)
    {
        var status = new ProtectionPolicyStatus
        {
            LastPoint = last, NextPoint = next,
            Conditions = Conditions.With(policy.Status?.Conditions, Conditions.Ready, isReady, reason, message, policy.Metadata.Generation, time),
        };
        return policy.Status is { } was && was.LastPoint == last && was.NextPoint == next && was.Conditions.Any(condition => condition.Type == Conditions.Ready && condition.Reason == reason)
            ? Task.CompletedTask
            : policies.ApplyStatusAsync(policy, status, cancellationToken);
    }

    [GeneratedRegex("^(?<number>[0-9]{1,9})(?<unit>[mhd])$", RegexOptions.ExplicitCapture)]
    private static partial Regex Span();
}
