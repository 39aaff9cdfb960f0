//! Class names, where a dataset's kind or its folders define them.

use std::path::Path;

use serde_json::Value;

use super::recognise;

const CIFAR10: &str = "airplane automobile bird cat deer dog frog horse ship truck";

const CIFAR100: &str = "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly \
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin \
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man \
    maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain \
    plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake \
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle \
    wardrobe whale willow_tree wolf woman worm";

const CIFAR100_COARSE: &str = "aquatic_mammals fish flowers food_containers fruit_and_vegetables \
    household_electrical_devices household_furniture insects large_carnivores large_man-made_outdoor_things \
    large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles \
    small_mammals trees vehicles_1 vehicles_2";

const STL10: &str = "airplane bird car cat deer dog horse monkey ship truck";

const MODELNET10: &str = "bathtub bed chair desk dresser monitor night_stand sofa table toilet";

const MODELNET40: &str = "airplane bathtub bed bench bookshelf bottle bowl car chair cone cup curtain desk door dresser \
    flower_pot glass_box guitar keyboard lamp laptop mantel monitor night_stand person piano plant radio range_hood sink \
    sofa stairs stool table tent toilet tv_stand vase wardrobe xbox";

/// A name for each class; its index where there is no name.
pub(crate) fn of(config: &Value, classes: usize) -> Vec<String> {
    let words = |text: &str| text.split_whitespace().map(|word| word.replace('_', " ")).collect();
    let names: Vec<String> = match config["type"].as_str() {
        Some("cifar10") => words(CIFAR10),
        Some("cifar100") if config["labels"] == "coarse" => words(CIFAR100_COARSE),
        Some("cifar100") => words(CIFAR100),
        Some("stl10") => words(STL10),
        Some("modelnet10") => words(MODELNET10),
        Some("modelnet40") => words(MODELNET40),
        Some("image_folder") => folders(Path::new(config["path"].as_str().unwrap_or_default())),
        _ => Vec::new(),
    };
    // A plugin may use the same kind for another dataset.
    if names.len() == classes { names } else { (0..classes).map(|class| class.to_string()).collect() }
}

/// The class folders, in the order in which the loader numbers them.
fn folders(path: &Path) -> Vec<String> {
    let train = path.join("train");
    let root = if train.is_dir() { &train } else { path };
    recognise::names(root).into_iter().filter(|name| root.join(name).is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn there_are_as_many_names_as_classes() {
        for (kind, classes) in
            [("cifar10", 10), ("cifar100", 100), ("stl10", 10), ("modelnet10", 10), ("modelnet40", 40)]
        {
            let names = of(&json!({"type": kind}), classes);
            assert!(names.is_sorted() && names[0].parse::<usize>().is_err(), "{kind}: {names:?}");
        }
        assert_eq!(of(&json!({"type": "cifar100", "labels": "coarse"}), 20)[19], "vehicles 2");
        assert_eq!(of(&json!({"type": "cifar10"}), 3), ["0", "1", "2"]);
    }
}
