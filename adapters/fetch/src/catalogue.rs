//! The catalogue of datasets that can be downloaded.
//!
//! Sizes and SHA-256 are those that TensorFlow Datasets keeps beside the same addresses, in
//! `tensorflow_datasets/url_checksums/{cifar10,cifar100,stl10,mnist,fashion_mnist,kmnist}.txt` of
//! <https://github.com/tensorflow/datasets>. For ModelNet nobody publishes a hash: its size is that of the
//! download in Keras' "Point cloud classification" example, and the CRC-32 of each file in the archive is
//! verified.

use crate::error::{Error, Result};
use crate::source::{File, Source, Unpack};

/// The defaults of a source.
const PLAIN: Source = Source {
    name: "",
    about: "",
    page: "",
    base: "",
    files: &[],
    folder: None,
    unpack: None,
    kind: "",
    login: None,
};

const fn file(name: &'static str, size: u64, sha256: &'static str) -> File {
    File { name, size: Some(size), sha256: Some(sha256) }
}

/// All sources.
pub const SOURCES: &[Source] = &[
    Source {
        name: "cifar10",
        about: "60,000 colour photographs of 32×32, 10 classes",
        page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        base: "https://www.cs.toronto.edu/~kriz",
        files: &[file(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )],
        kind: "cifar10",
        ..PLAIN
    },
    Source {
        name: "cifar100",
        about: "60,000 colour photographs of 32×32, 100 classes",
        page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        base: "https://www.cs.toronto.edu/~kriz",
        files: &[file(
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )],
        kind: "cifar100",
        ..PLAIN
    },
    Source {
        name: "stl10",
        about: "13,000 colour photographs of 96×96, 10 classes",
        page: "https://cs.stanford.edu/~acoates/stl10/",
        base: "http://ai.stanford.edu/~acoates/stl10",
        files: &[file(
            "stl10_binary.tar.gz",
            2_640_397_119,
            "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
        )],
        // Without the 100,000 unlabelled images: three gigabytes that no loader reads.
        unpack: Some(Unpack {
            folder: "stl10_binary",
            wanted: &[
                "/train_X.bin",
                "/train_y.bin",
                "/test_X.bin",
                "/test_y.bin",
                "/fold_indices.txt",
                "/class_names.txt",
            ],
            most: 4 << 30,
        }),
        kind: "stl10",
        ..PLAIN
    },
    Source {
        name: "mnist",
        about: "70,000 handwritten digits of 28×28",
        page: "http://yann.lecun.com/exdb/mnist/",
        // The authors' own server no longer serves the files; this copy is that of TensorFlow Datasets.
        base: "https://storage.googleapis.com/cvdf-datasets/mnist",
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
        folder: Some("mnist"),
        kind: "idx",
        ..PLAIN
    },
    Source {
        name: "fashion-mnist",
        about: "70,000 grey pictures of clothes of 28×28, 10 classes",
        page: "https://github.com/zalandoresearch/fashion-mnist",
        base: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ],
        folder: Some("fashion-mnist"),
        kind: "idx",
        ..PLAIN
    },
    Source {
        name: "kmnist",
        about: "70,000 handwritten Japanese characters of 28×28, 10 classes",
        page: "https://github.com/rois-codh/kmnist",
        base: "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                18_165_135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                29_497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                3_041_136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                5_120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ],
        folder: Some("kmnist"),
        kind: "idx",
        ..PLAIN
    },
    Source {
        name: "modelnet10",
        about: "4,899 pieces of furniture as meshes, 10 classes",
        page: "https://modelnet.cs.princeton.edu",
        base: "http://3dvision.princeton.edu/projects/2014/3DShapeNets",
        files: &[File { name: "ModelNet10.zip", size: Some(473_402_300), sha256: None }],
        unpack: Some(Unpack { folder: "ModelNet10", wanted: &[".off"], most: 8 << 30 }),
        kind: "modelnet10",
        ..PLAIN
    },
    Source {
        name: "modelnet40",
        about: "12,311 objects as meshes, 40 classes",
        page: "https://modelnet.cs.princeton.edu",
        base: "http://modelnet.cs.princeton.edu",
        files: &[File { name: "ModelNet40.zip", size: None, sha256: None }],
        unpack: Some(Unpack { folder: "ModelNet40", wanted: &[".off"], most: 32 << 30 }),
        kind: "modelnet40",
        ..PLAIN
    },
    Source {
        name: "imagenet32",
        about: "1,331,167 colour photographs of 32×32, 1,000 classes",
        page: "https://image-net.org/download-images.php",
        login: Some(
            "sign in at https://image-net.org/download-images.php (free for research), download \"Train(32x32), npz format\" \
             and \"Val(32x32), npz format\" under \"Downsampled ImageNet\", unpack both into one folder, and name it as the \
             dataset's path",
        ),
        kind: "imagenet32",
        ..PLAIN
    },
];

/// Looks up a source by name.
///
/// # Errors
/// When there is none; the error lists all names.
pub fn find(name: &str) -> Result<&'static Source> {
    SOURCES.iter().find(|source| source.name == name).ok_or_else(|| Error::Unknown {
        name: name.to_owned(),
        known: SOURCES.iter().map(|source| source.name).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_says_where_it_is() {
        for source in SOURCES {
            assert_eq!(find(source.name).unwrap().name, source.name, "two sources of one name");
            assert!(source.page.starts_with("http") && !source.kind.is_empty(), "{}", source.name);
            assert_eq!(source.login.is_some(), source.files.is_empty(), "{}", source.name);
            assert!(source.unpack.is_none() || source.files.len() == 1, "{}: one archive", source.name);
            for file in source.files {
                assert!(source.base.starts_with("http") && !source.base.ends_with('/'));
                let lower_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(file.sha256.is_none_or(|hash| hash.len() == 64 && hash.chars().all(lower_hex)));
            }
        }
        assert!(find("cifar").unwrap_err().to_string().contains("cifar10, cifar100"));
    }
}
