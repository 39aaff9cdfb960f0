//! The names of classes where a dataset's format fixes them, in the order of their labels.

use std::path::Path;

/// Limit on a file of class names, in bytes.
pub(crate) const LONGEST: u64 = 1 << 16;

pub(crate) const CIFAR10: &str = "airplane automobile bird cat deer dog frog horse ship truck";

pub(crate) const CIFAR100: &str = "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly \
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin \
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man \
    maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain \
    plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake \
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle \
    wardrobe whale willow_tree wolf woman worm";

pub(crate) const CIFAR100_COARSE: &str = "aquatic_mammals fish flowers food_containers fruit_and_vegetables \
    household_electrical_devices household_furniture insects large_carnivores large_man-made_outdoor_things \
    large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles \
    small_mammals trees vehicles_1 vehicles_2";

pub(crate) const STL10: &str = "airplane bird car cat deer dog horse monkey ship truck";

/// The words of one of these lists.
pub(crate) fn words(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

/// The names in a text that comes with a dataset, one a line; `None` where there are not so many.
pub(crate) fn lines(text: &[u8], classes: usize) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(text);
    let names: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    (names.len() == classes).then_some(names)
}

/// The names in a file that comes with a dataset; `None` where there is none of so many lines.
pub(crate) fn file(path: &Path, classes: usize) -> Option<Vec<String>> {
    let length = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    if length > LONGEST {
        return None;
    }
    lines(&std::fs::read(path).ok()?, classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_names_as_classes() {
        for (list, classes) in [(CIFAR10, 10), (CIFAR100, 100), (CIFAR100_COARSE, 20), (STL10, 10)] {
            let names = words(list);
            assert!(names.len() == classes && names.is_sorted(), "{names:?}");
        }
        assert_eq!(words(CIFAR100_COARSE)[19], "vehicles_2");
        assert_eq!(lines(b"cat\r\ndog\n\n", 2).unwrap(), ["cat", "dog"]);
        assert_eq!(lines(b"cat\n", 2), None);
    }
}
