"""What is in an image, as a bill of materials: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from placelang.models.inspection import Structure
from placelang.models.package.environment import Environment
from placelang.models.package.layers import hash_file


def bill_of(name: str, version: str, python: str, environment: Environment, model: Structure | None) -> bytes:
    """The same for the same content: its number is made of that, and its time is that of all images."""
    image = Component(name=name, version=version, type=ComponentType.CONTAINER, bom_ref="image")
    parts = [_interpreter(python), *_packages(environment), *_libraries(environment)]
    if model is not None:
        parts.append(_model(name, version, model))
    bom = Bom(
        components=parts,
        metadata=BomMetaData(component=image, timestamp=datetime.fromtimestamp(0, UTC)),
        serial_number=uuid5(NAMESPACE_URL, "\n".join(sorted(str(part.bom_ref) for part in parts))),
    )
    bom.register_dependency(image, parts)
    return JsonV1Dot6(bom).output_as_string(indent=1).encode() + b"\n"


def _interpreter(version: str) -> Component:
    return Component(
        name="cpython",
        version=version,
        type=ComponentType.PLATFORM,
        bom_ref=f"cpython@{version}",
        purl=PackageURL("generic", name="cpython", version=version),
    )


def _packages(environment: Environment) -> list[Component]:
    licenses = LicenseFactory()
    return [
        Component(
            name=one.name,
            version=one.version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{one.name}@{one.version}",
            purl=PackageURL("pypi", name=one.name.lower().replace("_", "-"), version=one.version),
            licenses=[licenses.make_from_string(one.license)] if one.license else [],
        )
        for one in environment.packages
    ]


def _libraries(environment: Environment) -> list[Component]:
    """Libraries of the system tell no version, so they are known by what is in them."""
    return [
        Component(
            name=place.name,
            type=ComponentType.FILE,
            bom_ref=f"{place}@{digest}",
            hashes=[_hash(digest)],
        )
        for place, digest in ((place, hash_file(environment.base[place])) for place in environment.libraries)
    ]


def _model(name: str, version: str, model: Structure) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"model {model.digest}",
        hashes=[_hash(model.digest)],
        properties=[
            Property(name=f"placelang:model:{key}", value=value)
            for key, value in (
                ("opset", ", ".join(f"{one.domain} {one.version}" for one in model.opsets)),
                ("parameters", str(model.parameters)),
                *((f"external:{PurePosixPath(one.path)}", one.digest) for one in model.external),
            )
        ],
    )


def _hash(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest.removeprefix("sha256:"))
