using System.Collections.Immutable;
using Waybill.Cli.Resources;

namespace Waybill.Cli.Tests.Resources;

public class DefinitionTagsTests
{
    [Fact]
    public void From_TopObjects_GivesLabelsAndAnnotationsWithTheirSource()
    {
        ResourceDefinition deployment = Define("apps/v1", "Deployment") with
        {
            Labels = [new("app", "web")],
            Annotations = [new("team", "blue"), new("kubectl.kubernetes.io/last-applied-configuration", "{}")],
        };
        ResourceDefinition place = Define("v1", "Namespace") with { Namespace = "", Labels = [new("env", "prod")] };

        ImmutableArray<Tag> tags = DefinitionTags.From([deployment, place], out int leftOut);

        Assert.Equal(0, leftOut);
        Assert.Equal(
            [
                new Tag("app", new TagValue.Text("web"), TagSource.Label) { SourceReference = "apps/v1/Deployment/shop/x" },
                new Tag("env", new TagValue.Text("prod"), TagSource.NamespaceLabel) { SourceReference = "v1/Namespace/x" },
                new Tag("team", new TagValue.Text("blue"), TagSource.Annotation) { SourceReference = "apps/v1/Deployment/shop/x" },
            ],
            tags.ToArray());
    }

    [Fact]
    public void From_SecretsAndOwnedObjects_TakesNothing()
    {
        ResourceDefinition secret = Define("v1", "Secret") with { Labels = [new("app", "web")], Annotations = [new("password", "p")] };
        ResourceDefinition owned = Define("v1", "Pod") with
        {
            Labels = [new("app", "web")],
            Owners = [new ResourceDefinitionOwner("apps/v1", "ReplicaSet", "y", "", true)],
        };

        Assert.Empty(DefinitionTags.From([secret, owned], out _));
    }

    [Fact]
    public void From_WhatIsTooLong_IsLeftOutAndCounted()
    {
        ResourceDefinition definition = Define("v1", "ConfigMap") with
        {
            Labels = [new(new string('k', 513), "v"), new(new string('k', 512), "v"), new("", "v")],
            Annotations = [new("a", new string('ü', 32769)), new("b", new string('ü', 32768))],
        };

        ImmutableArray<Tag> tags = DefinitionTags.From([definition], out int leftOut);

        Assert.Equal(3, leftOut);
        Assert.Equal([new string('k', 512), "b"], tags.Select(tag => tag.Key));
    }

    [Fact]
    public void From_MoreThanTheManifestHolds_LeavesAnnotationsOutFirst()
    {
        string big = new('x', 60_000);
        ResourceDefinition[] definitions =
        [
            .. Enumerable.Range(0, 100).Select(i => Define("v1", "ConfigMap", $"n{i}") with
            {
                Labels = [new("app", "web")],
                Annotations = [new("big", big)],
            }),
        ];

        ImmutableArray<Tag> tags = DefinitionTags.From(definitions, out int leftOut);

        Assert.Equal(100, tags.Count(tag => tag.Source == TagSource.Label));
        Assert.InRange(tags.Sum(tag => (long)tag.Key.Length + tag.Value.ToString().Length), 3_900_000, DefinitionLimits.MaxTagBytes);
        Assert.Equal(200, tags.Length + leftOut);
    }

    private static ResourceDefinition Define(string apiVersion, string kind, string name = "x") => new()
    {
        ApiVersion = apiVersion,
        Kind = kind,
        Namespace = "shop",
        Name = name,
        MediaType = "application/yaml",
        Content = ReadOnlyMemory<byte>.Empty,
        OriginName = "x.yaml",
    };
}
