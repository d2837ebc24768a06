using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>Says what an application is.</summary>
public abstract record ApplicationSelector
{
    private ApplicationSelector()
    {
    }

    /// <summary>Gets the text form, which <see cref="Parse"/> reads.</summary>
    public abstract string Text { get; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">
    /// <c>NAMESPACE</c>; <c>NAMESPACE?LABELS</c>, such as <c>shop?app=web,tier in (a,b)</c>; <c>NAMESPACE/KIND/NAME</c> for the tree below an owner;
    /// <c>NAMESPACE/helm/RELEASE</c>; <c>NAMESPACE/app/NAME</c> for an Application object; or several <c>NAMESPACE/KIND/NAME</c> with <c>+</c> between
    /// them for a list, where <c>/KIND/NAME</c> is an object outside of namespaces.
    /// </param>
    /// <returns>The selector.</returns>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static ApplicationSelector Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        if (text.Contains('+', StringComparison.Ordinal) && !text.Contains('?', StringComparison.Ordinal))
        {
            return new ObjectList([.. text.Split('+').Select(part => part.Split('/') is [{ } home, { Length: > 0 } kind, { Length: > 0 } name]
                ? new ObjectName(home, kind, name)
                : throw new FormatException($"'{part}' is not of the form NAMESPACE/KIND/NAME."))]);
        }

        int question = text.IndexOf('?', StringComparison.Ordinal);
        if (question > 0)
        {
            _ = LabelSelector.Parse(text[(question + 1)..]);
            return new Labels(text[..question], text[(question + 1)..]);
        }

        return text.Split('/') switch
        {
            [{ Length: > 0 } name] => new WholeNamespace(name),
            [{ Length: > 0 } home, "helm", { Length: > 0 } release] => new HelmRelease(home, release),
            [{ Length: > 0 } home, "app", { Length: > 0 } name] => new ApplicationObject(home, name),
            [{ } home, { Length: > 0 } kind, { Length: > 0 } name] => new Owner(home, kind, name),
            _ => throw new FormatException($"'{text}' names no application: NAMESPACE, NAMESPACE?LABELS, NAMESPACE/KIND/NAME, NAMESPACE/helm/RELEASE or NAMESPACE/app/NAME."),
        };
    }

    /// <inheritdoc/>
    public sealed override string ToString() => Text;

    /// <summary>Everything in a namespace, and what it needs outside of it.</summary>
    /// <param name="Name">The namespace.</param>
    public sealed record WholeNamespace(string Name) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => Name;
    }

    /// <summary>The objects of a namespace that have labels, what belongs to them and what they need.</summary>
    /// <param name="InNamespace">The namespace.</param>
    /// <param name="Selector">The selector, as kubectl takes it.</param>
    public sealed record Labels(string InNamespace, string Selector) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => $"{InNamespace}?{Selector}";
    }

    /// <summary>An object, everything it owns, directly or not, and what that needs.</summary>
    /// <param name="InNamespace">The namespace; empty for an object outside of namespaces, whose tree is then that object alone.</param>
    /// <param name="Kind">The kind, its plural or a short name; with its group behind a dot if others have the same name.</param>
    /// <param name="Name">The name.</param>
    public sealed record Owner(string InNamespace, string Kind, string Name) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => $"{InNamespace}/{Kind}/{Name}";
    }

    /// <summary>What a Helm release installed, its record, and what that needs.</summary>
    /// <param name="InNamespace">The namespace of the release.</param>
    /// <param name="Release">The name of the release.</param>
    public sealed record HelmRelease(string InNamespace, string Release) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => $"{InNamespace}/helm/{Release}";
    }

    /// <summary>What an Application object (app.k8s.io) selects, and what that needs.</summary>
    /// <param name="InNamespace">The namespace of the object.</param>
    /// <param name="Name">The name of the object.</param>
    public sealed record ApplicationObject(string InNamespace, string Name) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => $"{InNamespace}/app/{Name}";
    }

    /// <summary>Objects one by one, what they own and what they need.</summary>
    /// <param name="Objects">The objects.</param>
    public sealed record ObjectList(ImmutableArray<ObjectName> Objects) : ApplicationSelector
    {
        /// <inheritdoc/>
        public override string Text => string.Join('+', Objects.Select(o => $"{o.Namespace}/{o.Kind}/{o.Name}"));

        /// <inheritdoc/>
        public bool Equals(ObjectList? other) => other is not null && Objects.AsSpan().SequenceEqual(other.Objects.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Objects.IsDefaultOrEmpty ? 0 : HashCode.Combine(Objects.Length, Objects[0]);
    }
}
