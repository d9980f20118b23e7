console.log("aistack");
