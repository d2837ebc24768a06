namespace Waybill.Samples.FileShare;

/// <summary>Stands before a share: asks before each access and records each one, whatever came of it.</summary>
/// <param name="share">The name of the volume.</param>
/// <param name="options">By whose leave, and where that is recorded.</param>
/// <param name="renews">Whether the grant is renewed here, as nothing else logs in.</param>
internal sealed class ShareGuard(string share, FileShareOptions options, bool renews)
{
    private const string Ok = "ok";
    private const string Denied = "denied";
    private const string Failed = "failed";

    private ShareGrant? _grant;

    /// <summary>Lets in, or lets in again.</summary>
    public async ValueTask<ShareGrant> EnterAsync(CancellationToken cancellationToken)
    {
        try
        {
            ShareGrant grant = await options.Access.EnterAsync(share, cancellationToken).ConfigureAwait(false);
            _grant = grant;
            await RecordAsync(FilePath.Root, ShareOperation.Enter, Ok, "").ConfigureAwait(false);
            return grant;
        }
        catch (ProviderException e)
        {
            await RecordAsync(FilePath.Root, ShareOperation.Enter, Denied, e.Message).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks for something and says why it may not be done; a denial is recorded.</summary>
    /// <returns>The reason; <see langword="null"/> if it may be done.</returns>
    public async ValueTask<string?> AskAsync(FilePath path, ShareOperation operation, CancellationToken cancellationToken)
    {
        if (renews && _grant is { } grant && options.TimeProvider.GetUtcNow() >= grant.Expires)
        {
            await EnterAsync(cancellationToken).ConfigureAwait(false);
        }

        AccessDecision decision = await options.Access.AskAsync(share, path, operation, cancellationToken).ConfigureAwait(false);
        if (decision.IsAllowed)
        {
            return null;
        }

        await RecordAsync(path, operation, Denied, decision.Reason).ConfigureAwait(false);
        return $"access was denied: {decision.Reason}";
    }

    /// <summary>Does something that may be done, and records it.</summary>
    public async ValueTask<T> DoAsync<T>(FilePath path, ShareOperation operation, Func<ValueTask<T>> action)
    {
        try
        {
            T result = await action().ConfigureAwait(false);
            await RecordAsync(path, operation, Ok, "").ConfigureAwait(false);
            return result;
        }
        catch (ProviderException e)
        {
            await RecordAsync(path, operation, Failed, e.Message).ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException)
        {
            await RecordAsync(path, operation, Failed, "it was cancelled").ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the error of a denial.</summary>
    public ProviderException Refuse(FilePath path, string reason) => new(WaybillErrorCode.SourceReadFailed, options.Name, reason)
    {
        ObjectName = path.IsRoot ? share : $"{share}/{path}",
        VendorCode = "ACCESS_DENIED",
        Hint = "Whoever runs the access policy can allow it; the audit shows what was asked.",
    };

    private ValueTask RecordAsync(FilePath path, ShareOperation operation, string outcome, string detail) => options.Audit.AppendAsync(
        new AccessRecord(options.TimeProvider.GetUtcNow(), _grant?.User ?? "", share, path.ToString(), operation, outcome, detail));
}
