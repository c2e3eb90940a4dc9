from django.db import migrations, models

from dealport.kit import installation


def name_the_database(apps, schema_editor):
    apps.get_model("dealport", "Installation").objects.update(home=installation.database_name())


class Migration(migrations.Migration):
    dependencies = [("dealport", "0002_installation")]
    operations = [
        migrations.AddField(
            model_name="installation",
            name="home",
            field=models.CharField(db_default="", help_text="The database in which the id was made.", max_length=60),
        ),
        migrations.RunPython(name_the_database, migrations.RunPython.noop),
    ]
