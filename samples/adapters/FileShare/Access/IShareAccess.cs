namespace Waybill.Samples.FileShare;

/// <summary>Who may do what with shares: the customer's directory, vault or policy stands behind it.</summary>
public interface IShareAccess
{
    /// <summary>Asks to be let into a share. Called before the first request to it and again when the grant ran out.</summary>
    /// <param name="share">The name of the volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The grant.</returns>
    /// <exception cref="ProviderException">Access is refused for the whole share.</exception>
    ValueTask<ShareGrant> EnterAsync(string share, CancellationToken cancellationToken = default);

    /// <summary>Asks whether something may be done with a path. Called before anything of the path is listed, opened or written.</summary>
    /// <param name="share">The name of the volume.</param>
    /// <param name="path">The path; the root is asked for too.</param>
    /// <param name="operation">What is to be done. For <see cref="ShareOperation.List"/> a denial covers all that lies below.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The decision.</returns>
    ValueTask<AccessDecision> AskAsync(string share, FilePath path, ShareOperation operation, CancellationToken cancellationToken = default);
}
